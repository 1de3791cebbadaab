// These are the objects of deltablue with JS objects: variables and the kinds of constraints between them (see
// bench/programs/cpp/constraints.h).

export const [kRequired, kStrongPreferred, kPreferred, kStrongDefault, kNormal, kWeakDefault, kWeakest] = [
  0, 1, 2, 3, 4, 5, 6,
];
const [kNone, kForward, kBackward] = [0, 1, 2];

export class Variable {
  determinedBy = null;
  constraints = [];
  mark = 0;
  walkStrength = kWeakest;
  stay = true;
  constructor(value) {
    this.value = value;
  }
  canBeSet(strength, mark) {
    return this.mark !== mark && strength < this.walkStrength;
  }
  isKnown(mark) {
    return this.mark === mark || this.stay || this.determinedBy === null;
  }
}

class Constraint {
  direction = kNone;
  constructor(strength, variables) {
    this.strength = strength;
    this.variables = variables;
  }
  get isInput() {
    return false;
  }
  isSatisfied() {
    return this.direction !== kNone;
  }
  unsatisfy() {
    this.direction = kNone;
  }
  addToGraph() {
    for (const variable of this.variables) variable.constraints.push(this);
  }
  removeFromGraph() {
    for (const variable of this.variables)
      variable.constraints = variable.constraints.filter((constraint) => constraint !== this);
    this.direction = kNone;
  }
}

class Unary extends Constraint {
  constructor(variable, strength) {
    super(strength, [variable]);
    this.first = variable;
  }
  output() {
    return this.first;
  }
  chooseMethod(mark) {
    this.direction = this.first.canBeSet(this.strength, mark) ? kForward : kNone;
  }
  markInputs() {}
  inputsKnown() {
    return true;
  }
  execute() {}
  recalculate() {
    this.first.walkStrength = this.strength;
    this.first.stay = !this.isInput;
  }
}

export class Stay extends Unary {}

export class Edit extends Unary {
  get isInput() {
    return true;
  }
}

class Binary extends Constraint {
  constructor(first, second, strength, more = []) {
    super(strength, [first, second, ...more]);
    this.first = first;
    this.second = second;
  }
  output() {
    return this.direction === kBackward ? this.first : this.second;
  }
  input() {
    return this.direction === kForward ? this.first : this.second;
  }
  chooseMethod(mark) {
    const { first, second, strength } = this;
    if (first.mark === mark) {
      this.direction = second.canBeSet(strength, mark) ? kForward : kNone;
    } else if (second.mark === mark) {
      this.direction = first.canBeSet(strength, mark) ? kBackward : kNone;
    } else if (first.walkStrength > second.walkStrength) {
      this.direction = strength < first.walkStrength ? kBackward : kNone;
    } else {
      this.direction = strength < second.walkStrength ? kForward : kNone;
    }
  }
  markInputs(mark) {
    this.input().mark = mark;
  }
  inputsKnown(mark) {
    return this.input().isKnown(mark);
  }
  stays() {
    return this.input().stay;
  }
  recalculate() {
    const [input, output] = [this.input(), this.output()];
    output.walkStrength = Math.max(this.strength, input.walkStrength);
    output.stay = this.stays();
    if (output.stay) this.execute();
  }
}

export class Equal extends Binary {
  execute() {
    this.output().value = this.input().value;
  }
}

/** second = first * scale + offset. */
export class Scale extends Binary {
  constructor(first, second, scale, offset, strength) {
    super(first, second, strength, [scale, offset]);
    this.scale = scale;
    this.offset = offset;
  }
  markInputs(mark) {
    super.markInputs(mark);
    this.scale.mark = mark;
    this.offset.mark = mark;
  }
  inputsKnown(mark) {
    return super.inputsKnown(mark) && this.scale.isKnown(mark) && this.offset.isKnown(mark);
  }
  stays() {
    return super.stays() && this.scale.stay && this.offset.stay;
  }
  execute() {
    const { first, second, scale, offset } = this;
    if (this.direction === kForward) second.value = first.value * scale.value + offset.value;
    else first.value = Math.trunc((second.value - offset.value) / scale.value);
  }
}
