// raytrace with JS objects draws spheres over a chessboard (see bench/programs/cpp/raytrace.cc).

const kNear = 1e-6;
const kDepthMax = 3;

class Vec {
  constructor(x, y, z) {
    this.x = x;
    this.y = y;
    this.z = z;
  }
  add(other) {
    return new Vec(this.x + other.x, this.y + other.y, this.z + other.z);
  }
  subtract(other) {
    return new Vec(this.x - other.x, this.y - other.y, this.z - other.z);
  }
  scale(factor) {
    return new Vec(this.x * factor, this.y * factor, this.z * factor);
  }
  dot(other) {
    return this.x * other.x + this.y * other.y + this.z * other.z;
  }
  normalised() {
    return this.scale(1 / Math.sqrt(this.dot(this)));
  }
}

class Ray {
  constructor(origin, direction) {
    this.origin = origin;
    this.direction = direction;
  }
}

class Hit {
  constructor(shape, distance) {
    this.shape = shape;
    this.distance = distance;
  }
}

class Plane {
  constructor(position, colour, mirror) {
    this.position = position;
    this.colour = colour;
    this.mirror = mirror;
  }
  distanceTo({ origin, direction }) {
    if (direction.y === 0) return 0;
    const distance = (this.position.y - origin.y) / direction.y;
    return distance < kNear ? 0 : distance;
  }
  normalAt() {
    return new Vec(0, 1, 0);
  }
  colourAt(point) {
    return this.colour.scale((Math.floor(point.x) + Math.floor(point.z)) % 2 !== 0 ? 0.3 : 1);
  }
}

class Sphere {
  constructor(position, colour, radius, mirror) {
    this.position = position;
    this.colour = colour;
    this.radius = radius;
    this.mirror = mirror;
  }
  distanceTo({ origin, direction }) {
    const toCentre = this.position.subtract(origin);
    const along = toCentre.dot(direction);
    const square = along * along - toCentre.dot(toCentre) + this.radius * this.radius;
    if (square < 0) return 0;
    const root = Math.sqrt(square);
    if (along - root > kNear) return along - root;
    return along + root > kNear ? along + root : 0;
  }
  normalAt(point) {
    return point.subtract(this.position).normalised();
  }
  colourAt() {
    return this.colour.scale(1);
  }
}

class Scene {
  shapes = [
    new Plane(new Vec(0, -1, 0), new Vec(0.9, 0.9, 0.9), 0.1),
    new Sphere(new Vec(0, 0.2, 4), new Vec(1, 0.3, 0.2), 1.2, 0.3),
    new Sphere(new Vec(-1.8, -0.4, 3), new Vec(0.2, 0.9, 0.3), 0.6, 0.4),
    new Sphere(new Vec(1.7, -0.5, 2.6), new Vec(0.3, 0.4, 1), 0.5, 0.5),
  ];
  light = new Vec(4, 6, -3);

  nearest(ray) {
    let best = null;
    for (const shape of this.shapes) {
      const distance = shape.distanceTo(ray);
      if (distance === 0 || (best !== null && best.distance <= distance)) continue;
      best = new Hit(shape, distance);
    }
    return best;
  }

  colourAlong(ray, depth) {
    const hit = this.nearest(ray);
    if (hit === null) {
      const height = 0.5 * (ray.direction.y + 1);
      return new Vec(1 - 0.5 * height, 1 - 0.3 * height, 1);
    }
    const { shape } = hit;
    const point = ray.origin.add(ray.direction.scale(hit.distance));
    const normal = shape.normalAt(point);
    const toLight = this.light.subtract(point).normalised();
    const blocked = this.nearest(new Ray(point, toLight)) !== null;
    const cosine = normal.dot(toLight);
    const light = 0.2 + (blocked || cosine < 0 ? 0 : 0.8 * cosine);
    const colour = shape.colourAt(point).scale(light);
    if (depth === kDepthMax) return colour;
    const twice = 2 * ray.direction.dot(normal);
    const mirrored = new Ray(point, ray.direction.subtract(normal.scale(twice)));
    const other = this.colourAlong(mirrored, depth + 1);
    return colour.scale(1 - shape.mirror).add(other.scale(shape.mirror));
  }
}

const byteOf = (part) => Math.floor(255 * Math.min(1, part));

export function raytrace(side, pictures) {
  const scene = new Scene();
  let [line, sum] = [0, 0];
  const add = (part) => {
    sum = (Math.imul(sum, 31) + byteOf(part)) >>> 0;
  };
  return {
    prepare() {},
    step() {
      const eye = new Vec(0, 0.5, -3);
      const y = line % side;
      for (let x = 0; x < side; ++x) {
        const direction = new Vec((2 * x) / side - 1, 1 - (2 * y) / side, 1.5);
        const colour = scene.colourAlong(new Ray(eye, direction.normalised()), 0);
        add(colour.x);
        add(colour.y);
        add(colour.z);
      }
      return ++line < side * pictures;
    },
    checksum: () => sum,
    operations: () => side * side * pictures,
  };
}
