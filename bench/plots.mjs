export async function drawPlots() { return []; }
