// havlak with JS objects finds the loops of a control-flow graph (see bench/programs/cpp/havlak.cc).

const kNestsOfAGroup = 10;

class Block {
  in = [];
  out = [];
  number = 0;
}

class Place {
  loop = null;
  back = [];
  others = [];
  last = 0;
  takenBy = 0;
  isSelf = false;
  isIrreducible = false;
  constructor(block, number) {
    this.block = block;
    this.number = number;
    this.parent = this;
  }
  isAncestorOf(below) {
    return this.number <= below.number && below.number <= this.last;
  }
  find() {
    let place = this;
    while (place.parent !== place) {
      place.parent = place.parent.parent;
      place = place.parent;
    }
    return place;
  }
}

class Loop {
  parent = null;
  blocks = [];
  depth = 0;
  constructor(isIrreducible) {
    this.isIrreducible = isIrreducible;
  }
}

class Graph {
  blocks = [new Block()];

  connect(from, to) {
    from.out.push(to);
    to.in.push(from);
  }
  straight(from, n) {
    let at = from;
    for (let i = 0; i < n; ++i) {
      const next = new Block();
      this.blocks.push(next);
      this.connect(at, next);
      at = next;
    }
    return at;
  }
  diamond(from) {
    const end = this.straight(from, 2);
    this.connect(this.straight(from, 1), end);
    return end;
  }
  nest(from) {
    const header = this.straight(from, 1);
    const inner = this.diamond(header);
    const innerEnd = this.diamond(inner);
    this.connect(innerEnd, inner);
    const footer = this.straight(innerEnd, 2);
    this.connect(footer, header);
    return this.straight(this.diamond(footer), 1);
  }
}

class Analysis {
  places = [];
  loops = [];

  constructor(blocks) {
    for (const block of blocks) block.number = 0;
    this.number(blocks[0]);
    this.findPredecessors();
    for (let i = this.places.length; i > 0; --i) this.findBody(this.places[i - 1]);
  }

  number(first) {
    const stack = [];
    const enter = (block) => {
      this.places.push(new Place(block, this.places.length + 1));
      block.number = this.places.length;
      stack.push(block);
    };
    enter(first);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const next = top.out.find((block) => block.number === 0);
      if (next !== undefined) {
        enter(next);
        continue;
      }
      this.places[top.number - 1].last = this.places.length;
      stack.pop();
    }
  }

  findPredecessors() {
    for (const to of this.places) {
      for (const { number } of to.block.in) {
        if (number === 0) continue;
        const from = this.places[number - 1];
        (to.isAncestorOf(from) ? to.back : to.others).push(from);
      }
    }
  }

  findBody(header) {
    const body = [];
    const take = (place) => {
      if (place === header || place.takenBy === header.number) return;
      place.takenBy = header.number;
      body.push(place);
    };
    for (const from of header.back) {
      const outer = from.find();
      if (outer === header) header.isSelf = true;
      take(outer);
    }
    for (let done = 0; done < body.length; ++done) {
      for (const from of body[done].others) {
        const before = from.find();
        if (header.isAncestorOf(before)) {
          take(before);
        } else {
          header.isIrreducible = true;
          header.others.push(before);
        }
      }
    }
    if (body.length > 0 || header.isSelf) this.makeLoop(header, body);
  }

  makeLoop(header, body) {
    const loop = new Loop(header.isIrreducible);
    loop.blocks.push(header.block);
    for (const place of body) {
      place.parent = header;
      if (place.loop !== null) place.loop.parent = loop;
      else loop.blocks.push(place.block);
    }
    header.loop = loop;
    this.loops.push(loop);
  }

  sum() {
    let sum = 0;
    for (let i = this.loops.length; i > 0; --i) {
      const loop = this.loops[i - 1];
      loop.depth = loop.parent === null ? 1 : loop.parent.depth + 1;
      sum += 1000 + (loop.isIrreducible ? 100 : 0) + loop.depth + loop.blocks.length;
    }
    return sum;
  }
}

export function havlak(groups, rounds) {
  const graph = new Graph();
  let [left, sum] = [rounds, 0];
  return {
    prepare() {
      const [start] = graph.blocks;
      let at = start;
      for (let i = 0; i < groups; ++i) {
        const top = graph.straight(at, 1);
        at = top;
        for (let k = 0; k < kNestsOfAGroup; ++k) at = graph.nest(at);
        graph.connect(at, top);
        if (i % 3 === 0) graph.connect(start, at);
        at = graph.straight(at, 1);
      }
    },
    step() {
      sum += new Analysis(graph.blocks).sum();
      return --left > 0;
    },
    checksum: () => sum,
    operations: () => rounds,
  };
}
