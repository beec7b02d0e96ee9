/** Filters, Fourier transforms and interpolation of one series. */
import { Real } from './json.ts';
import type { HostValue } from './registry.ts';
import { complete, elements, numberOf, sum } from './series-numbers.ts';

/**
 * `series_fir`: every point is the sum of itself and earlier points, weighted by the filter; what lies before the start
 * (or, centred, after the end) counts as zero. Without `normalize` a filter that has no negative weight is normalised.
 */
export function fir(series: HostValue, filter: HostValue, normalize: HostValue, center: HostValue): unknown {
  const x = complete(series);
  const f = complete(filter);
  if (!x || !f) return null;
  const negative = f.some((w) => w < 0);
  if (negative && normalize === true) return null;
  const total = sum(f);
  const weights = (normalize ?? !negative) === true && total !== 0 ? f.map((w) => w / total) : f;
  const shift = center === true ? Math.floor(f.length / 2) : 0;
  return Float64Array.from(x, (_, i) => weights.reduce((s, w, k) => s + w * (x[i + shift - k] ?? 0), 0));
}

/** `series_iir`: the recursive filter with numerators b and denominators a; a[0] must not be zero. */
export function iir(series: HostValue, numerators: HostValue, denominators: HostValue): unknown {
  const x = complete(series);
  const b = complete(numerators);
  const a = complete(denominators);
  if (!x || !b || !a || a[0] === 0) return null;
  const y: number[] = [];
  for (let i = 0; i < x.length; i++) {
    let v = 0;
    for (let k = 0; k < b.length && k <= i; k++) v += b[k]! * x[i - k]!;
    for (let k = 1; k < a.length && k <= i; k++) v -= a[k]! * y[i - k]!;
    y.push(v / a[0]!);
  }
  return Float64Array.from(y);
}

/** In-place transform of a length that is a power of two. */
function radix2(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j]!, re[i]!];
      [im[i], im[j]] = [im[j]!, im[i]!];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const c = Math.cos((-2 * Math.PI * k) / size);
      const s = Math.sin((-2 * Math.PI * k) / size);
      for (let i = k; i < n; i += size) {
        const j = i + half;
        const tr = re[j]! * c - im[j]! * s;
        const ti = re[j]! * s + im[j]! * c;
        re[j] = re[i]! - tr;
        im[j] = im[i]! - ti;
        re[i]! += tr;
        im[i]! += ti;
      }
    }
  }
}

/** Discrete Fourier transform of any length; Bluestein's convolution where the length is no power of two. */
export function transform(re: Float64Array, im: Float64Array): { re: Float64Array; im: Float64Array } {
  const n = re.length;
  if ((n & (n - 1)) === 0) {
    const out = { re: re.slice(), im: im.slice() };
    radix2(out.re, out.im);
    return out;
  }
  let size = 1;
  while (size < 2 * n - 1) size *= 2;
  const chirp = (k: number): [number, number] => {
    const angle = (Math.PI * ((k * k) % (2 * n))) / n;
    return [Math.cos(angle), Math.sin(angle)];
  };
  const [ar, ai, br, bi] = [0, 1, 2, 3].map(() => new Float64Array(size)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let k = 0; k < n; k++) {
    const [c, s] = chirp(k);
    ar[k] = re[k]! * c + im[k]! * s;
    ai[k] = im[k]! * c - re[k]! * s;
    br[k] = c;
    bi[k] = s;
    if (k > 0) {
      br[size - k] = c;
      bi[size - k] = s;
    }
  }
  radix2(ar, ai);
  radix2(br, bi);
  // The product goes back through a forward transform of its conjugate.
  for (let k = 0; k < size; k++) {
    const r = ar[k]! * br[k]! - ai[k]! * bi[k]!;
    ai[k] = -(ar[k]! * bi[k]! + ai[k]! * br[k]!);
    ar[k] = r;
  }
  radix2(ar, ai);
  const out = { re: new Float64Array(n), im: new Float64Array(n) };
  for (let k = 0; k < n; k++) {
    const [c, s] = chirp(k);
    const r = ar[k]! / size;
    const i = -ai[k]! / size;
    out.re[k] = r * c + i * s;
    out.im[k] = i * c - r * s;
  }
  return out;
}

function complex(real: HostValue, imaginary: HostValue): { re: Float64Array; im: Float64Array } | undefined {
  const re = complete(real);
  const im = imaginary === null || imaginary === undefined ? re?.map(() => 0) : complete(imaginary);
  if (!re || !im || re.length !== im.length) return undefined;
  return { re: Float64Array.from(re), im: Float64Array.from(im) };
}

/** `series_fft`. */
export function fft(real: HostValue, imaginary: HostValue): unknown {
  const x = complex(real, imaginary);
  if (!x) return null;
  const y = transform(x.re, x.im);
  return { real: y.re, imag: y.im };
}

/** `series_ifft`, the inverse of `fft`. */
export function ifft(real: HostValue, imaginary: HostValue): unknown {
  const x = complex(real, imaginary);
  if (!x) return null;
  const y = transform(
    x.re,
    x.im.map((v) => -v),
  );
  const n = x.re.length;
  return { real: y.re.map((v) => v / n), imag: y.im.map((v) => -v / n) };
}

/**
 * `series_fill_linear`: gaps become points of the straight line between their neighbours; a series of whole numbers
 * stays whole (the fraction is cut off).
 * @param edges false keeps gaps at the start and the end; otherwise they take the nearest value
 * @param constant fills a series that has no value at all; null keeps it
 * @param whole true when the elements are written as whole numbers, which parsed JSON no longer shows
 */
export function fillLinear(
  series: HostValue,
  placeholder: HostValue,
  edges: HostValue,
  constant: HostValue,
  whole: HostValue,
): unknown {
  if (!Array.isArray(series)) return null;
  const gap = numberOf(placeholder);
  const values = elements(series)!.map((v) => (v === null || v === gap ? null : v));
  const typed = (v: number): unknown => (whole === true ? Math.trunc(v) : new Real(v));
  const known = values.flatMap((v, i) => (v === null ? [] : [i]));
  if (known.length === 0) {
    const fill = numberOf(constant);
    return fill === null ? series : Float64Array.from(series, () => fill);
  }
  const first = known[0]!;
  const last = known[known.length - 1]!;
  let next = 0;
  return values.map((v, i) => {
    if (v !== null) return typed(v);
    if (i < first || i > last) return edges === false ? series[i] : typed(values[i < first ? first : last]!);
    while (known[next]! < i) next++;
    const a = known[next - 1]!;
    const b = known[next]!;
    return typed(values[a]! + ((values[b]! - values[a]!) * (i - a)) / (b - a));
  });
}
