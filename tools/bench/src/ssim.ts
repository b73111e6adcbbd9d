import type { Plane } from './benchmark.ts';

/** Side of a window, and the distance from one to the next, in pixels. */
const WINDOW = 8;
const STEP = 4;
/** Keep the quotient steady where a window is dark or flat: (0.01 × 255)² and (0.03 × 255)². */
const C1 = 6.5025;
const C2 = 58.5225;

/**
 * Mean structural similarity of two pictures of the same size: 1 is identical, above
 * 0.95 hardly anyone sees a difference. Wang, Bovik, Sheikh and Simoncelli, "Image
 * quality assessment: from error visibility to structural similarity", 2004, equation
 * 13, with flat windows in place of Gaussian ones.
 */
export function ssim(a: Plane, b: Plane): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new Error(`Pictures of ${a.width}×${a.height} and ${b.width}×${b.height} cannot be compared`);
  }
  let sum = 0;
  let count = 0;
  for (let y = 0; y === 0 || y + WINDOW <= a.height; y += STEP) {
    for (let x = 0; x === 0 || x + WINDOW <= a.width; x += STEP) {
      sum += ofWindow(a, b, x, y);
      count += 1;
    }
  }
  return sum / count;
}

function ofWindow(a: Plane, b: Plane, left: number, top: number): number {
  const right = Math.min(a.width, left + WINDOW);
  const bottom = Math.min(a.height, top + WINDOW);
  const n = (right - left) * (bottom - top);
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let y = top; y < bottom; y += 1) {
    for (let i = y * a.width + left; i < y * a.width + right; i += 1) {
      const valueA = a.data[i] ?? 0;
      const valueB = b.data[i] ?? 0;
      sumA += valueA;
      sumB += valueB;
      sumAA += valueA * valueA;
      sumBB += valueB * valueB;
      sumAB += valueA * valueB;
    }
  }
  const [meanA, meanB] = [sumA / n, sumB / n];
  const [varianceA, varianceB] = [sumAA / n - meanA * meanA, sumBB / n - meanB * meanB];
  const covariance = sumAB / n - meanA * meanB;
  return (
    ((2 * meanA * meanB + C1) * (2 * covariance + C2)) /
    ((meanA * meanA + meanB * meanB + C1) * (varianceA + varianceB + C2))
  );
}
