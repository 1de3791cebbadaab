// run.mjs measures operations of these names. Each has the ns that it should take at most, or null where no mark is
// set.

export const kMarks = {
  'empty call': null,
  'bump alone': null,
  'raw.newobject': 2.5,
  'raw.mallocgc': 'empty call + 2',
  'raw.mallocgc zeroed': null,
  'raw.storeRef': null,
  'handle in a scope': 40,
  'registered handle': 250,
  'field read': 3,
  'field write': 3,
};

export const kOperations = Object.keys(kMarks);
