// raytrace draws a picture of spheres over a chessboard with shadows and mirrors (T. Whitted, "An Improved Illumination
// Model for Shaded Display", 1980). Vectors, rays and hits are objects in the heap, as in languages that have no other:
// many small objects that die at once. Only additions, multiplications, divisions and square roots are used, which are
// exact everywhere, so the checksum, over all pixels, is too.
#include <cmath>

#include "programs.h"
#include "vector.h"

namespace bench {
namespace {

struct Vec {
  double x, y, z;
};
MALLOCGC_TYPE(Vec);
struct Ray {
  gc::Member<Vec> origin, direction;
};
MALLOCGC_TYPE(Ray, origin, direction);
// A plane is at height `position->y`; its squares have two colours.
struct Shape {
  gc::Member<Vec> position, colour;
  double radius, mirror;
  bool is_plane;
};
MALLOCGC_TYPE(Shape, position, colour);
struct Hit {
  gc::Member<Shape> shape;
  double distance;
};
MALLOCGC_TYPE(Hit, shape);

using LocalVec = gc::Local<Vec>;

gc::Fresh<Vec> vec(gc::Frame& frame, double x, double y, double z) {
  LocalVec made = frame.make<Vec>();
  made->x = x;
  made->y = y;
  made->z = z;
  return made.fresh();
}
gc::Fresh<Vec> add(gc::Frame& frame, const Vec& a, const Vec& b) {
  const double x = a.x + b.x, y = a.y + b.y, z = a.z + b.z;
  return vec(frame, x, y, z);
}
gc::Fresh<Vec> subtract(gc::Frame& frame, const Vec& a, const Vec& b) {
  const double x = a.x - b.x, y = a.y - b.y, z = a.z - b.z;
  return vec(frame, x, y, z);
}
gc::Fresh<Vec> scale(gc::Frame& frame, const Vec& a, double factor) {
  const double x = a.x * factor, y = a.y * factor, z = a.z * factor;
  return vec(frame, x, y, z);
}
double dot(const Vec& a, const Vec& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
gc::Fresh<Vec> normalised(gc::Frame& frame, const Vec& a) { return scale(frame, a, 1 / std::sqrt(dot(a, a))); }

constexpr double kNear = 1e-6;
constexpr uint32_t kDepthMax = 3;

class Scene {
 public:
  void prepare(gc::Heap& heap) {
    gc::Frame frame(heap);
    gc::Local<Vector<Shape>> shapes = frame.make<Vector<Shape>>();
    add_shape(frame, shapes, {0, -1, 0}, {0.9, 0.9, 0.9}, 0, 0.1);
    add_shape(frame, shapes, {0, 0.2, 4}, {1, 0.3, 0.2}, 1.2, 0.3);
    add_shape(frame, shapes, {-1.8, -0.4, 3}, {0.2, 0.9, 0.3}, 0.6, 0.4);
    add_shape(frame, shapes, {1.7, -0.5, 2.6}, {0.3, 0.4, 1}, 0.5, 0.5);
    LocalVec light = vec(frame, 4, 6, -3);
    shapes_ = shapes;
    light_ = light;
  }

  gc::Fresh<Vec> colour_along(gc::Frame& frame, const gc::Local<Ray>& ray, uint32_t depth) {
    gc::Local<Hit> hit = nearest(frame, ray);
    if (!hit) return sky(frame, *ray);
    LocalVec way = scale(frame, *ray->direction, hit->distance);
    LocalVec point = add(frame, *ray->origin, *way);
    LocalVec normal = normal_at(frame, *hit->shape, *point);
    LocalVec to_light = subtract(frame, *light_, *point);
    to_light = normalised(frame, *to_light);
    gc::Local<Ray> shadow = frame.make<Ray>();
    shadow->origin = point;
    shadow->direction = to_light;
    const gc::Local<Hit> blocked = nearest(frame, shadow);
    const double cosine = dot(*normal, *to_light);
    const double light = 0.2 + (blocked || cosine < 0 ? 0 : 0.8 * cosine);
    LocalVec colour = colour_at(frame, *hit->shape, *point);
    colour = scale(frame, *colour, light);
    if (depth == kDepthMax) return colour.fresh();
    gc::Local<Ray> mirrored = mirror(frame, *ray, point, normal);
    LocalVec other = colour_along(frame, mirrored, depth + 1);
    const double mirror = hit->shape->mirror;
    colour = scale(frame, *colour, 1 - mirror);
    other = scale(frame, *other, mirror);
    return add(frame, *colour, *other);
  }

 private:
  static void add_shape(gc::Frame& frame, const gc::Local<Vector<Shape>>& shapes, Vec position, Vec colour,
                        double radius, double mirror) {
    gc::Local<Shape> shape = frame.make<Shape>();
    shape->position = vec(frame, position.x, position.y, position.z);
    shape->colour = vec(frame, colour.x, colour.y, colour.z);
    shape->radius = radius;
    shape->mirror = mirror;
    shape->is_plane = radius == 0;
    push(frame, shapes, shape);
  }
  // Returns how far along the ray the shape is, or 0 where the ray does not meet it.
  static double distance_to(gc::Frame& frame, const Shape& shape, const Ray& ray) {
    const Vec& direction = *ray.direction;
    if (shape.is_plane) {
      if (direction.y == 0) return 0;
      const double distance = (shape.position->y - ray.origin->y) / direction.y;
      return distance < kNear ? 0 : distance;
    }
    const double radius = shape.radius;
    LocalVec to_centre = subtract(frame, *shape.position, *ray.origin);
    const double along = dot(*to_centre, direction);
    const double square = along * along - dot(*to_centre, *to_centre) + radius * radius;
    if (square < 0) return 0;
    const double root = std::sqrt(square);
    if (along - root > kNear) return along - root;
    return along + root > kNear ? along + root : 0;
  }
  // Returns null where the ray meets nothing.
  gc::Fresh<Hit> nearest(gc::Frame& frame, const gc::Local<Ray>& ray) {
    gc::Local<Hit> best(frame);
    gc::Local<Shape> shape(frame);
    for (uint32_t i = 0; i < shapes_->count; ++i) {
      shape = shapes_->at(i);
      const double distance = distance_to(frame, *shape, *ray);
      if (distance == 0 || (best && best->distance <= distance)) continue;
      best = frame.make<Hit>();
      best->shape = shape;
      best->distance = distance;
    }
    return best.fresh();
  }
  static gc::Fresh<Vec> sky(gc::Frame& frame, const Ray& ray) {
    const double height = 0.5 * (ray.direction->y + 1);
    return vec(frame, 1 - 0.5 * height, 1 - 0.3 * height, 1);
  }
  static gc::Fresh<Vec> normal_at(gc::Frame& frame, const Shape& shape, const Vec& point) {
    if (shape.is_plane) return vec(frame, 0, 1, 0);
    LocalVec out = subtract(frame, point, *shape.position);
    return normalised(frame, *out);
  }
  static gc::Fresh<Vec> colour_at(gc::Frame& frame, const Shape& shape, const Vec& point) {
    const bool is_dark = shape.is_plane && (static_cast<int64_t>(std::floor(point.x) + std::floor(point.z)) & 1) != 0;
    return scale(frame, *shape.colour, is_dark ? 0.3 : 1);
  }
  static gc::Fresh<Ray> mirror(gc::Frame& frame, const Ray& ray, const LocalVec& point, const LocalVec& normal) {
    const double twice = 2 * dot(*ray.direction, *normal);
    LocalVec direction(frame, ray.direction);
    LocalVec part = scale(frame, *normal, twice);
    direction = subtract(frame, *direction, *part);
    gc::Local<Ray> made = frame.make<Ray>();
    made->origin = point;
    made->direction = direction;
    return made.fresh();
  }

  gc::Root<Vector<Shape>> shapes_;
  gc::Root<Vec> light_;
};

class RayTrace final : public Workload {
 public:
  RayTrace(gc::Heap& heap, Sizes sizes) : heap_(heap), side_(sizes.a), lines_(sizes.a * sizes.b) {}

  void prepare() override { scene_.prepare(heap_); }
  // Draws one line of a picture.
  bool step() override {
    gc::Frame frame(heap_);
    LocalVec eye = vec(frame, 0, 0.5, -3);
    const uint32_t y = line_ % side_;
    for (uint32_t x = 0; x < side_; ++x) {
      LocalVec direction = vec(frame, 2.0 * x / side_ - 1, 1 - 2.0 * y / side_, 1.5);
      gc::Local<Ray> ray = frame.make<Ray>();
      ray->origin = eye;
      ray->direction = normalised(frame, *direction);
      const LocalVec colour = scene_.colour_along(frame, ray, 0);
      for (const double part : {colour->x, colour->y, colour->z}) {
        sum_ = sum_ * 31 + static_cast<uint32_t>(std::floor(255 * (part > 1 ? 1 : part)));
      }
    }
    return ++line_ < lines_;
  }
  double checksum() override { return sum_; }
  double operations() const override { return double{1} * lines_ * side_; }

 private:
  gc::Heap& heap_;
  Scene scene_;
  const uint32_t side_, lines_;
  uint32_t line_ = 0;
  uint32_t sum_ = 0;
};

}  // namespace

Workload* make_raytrace(gc::Heap& heap, Sizes sizes) { return make_workload<RayTrace>(heap, sizes); }

}  // namespace bench
