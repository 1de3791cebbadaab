// This checks that the peers did the same work: each must give the workload's known checksum or, where none is known,
// that of the others.

/** Returns a list of complaints, which is empty when all is well. */
export function check(results, workloads) {
  const complaints = results.filter((r) => r.error).map((r) => `${r.workload}, ${r.peer}: ${r.error}`);
  for (const { name, checksum } of workloads) {
    const good = results.filter((r) => r.workload === name && !r.error);
    const expected = checksum ?? good[0]?.checksum;
    for (const r of good.filter((each) => each.checksum !== expected)) {
      complaints.push(`${name}, ${r.peer}: checksum ${r.checksum}, not ${expected}`);
    }
  }
  return [...new Set(complaints)];
}
