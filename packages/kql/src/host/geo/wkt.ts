/** Well-known text to GeoJSON. */
import type { Geometry } from './geojson.ts';

const TOKEN = /\s*(?:([A-Za-z]+)|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|([(),]))/y;

/** Reads one text. Every method throws `Bad` on what it cannot read. */
class Reader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  private token(): string {
    TOKEN.lastIndex = this.at;
    const m = TOKEN.exec(this.text);
    if (!m) return '';
    this.at = TOKEN.lastIndex;
    return m[1] ?? m[2] ?? m[3]!;
  }

  private peek(): string {
    const at = this.at;
    const t = this.token();
    this.at = at;
    return t;
  }

  private expect(text: string): void {
    if (this.token() !== text) throw new Bad();
  }

  end(): void {
    if (this.text.slice(this.at).trim() !== '') throw new Bad();
  }

  private list<T>(item: () => T): T[] {
    this.expect('(');
    const out = [item()];
    while (this.peek() === ',') {
      this.token();
      out.push(item());
    }
    this.expect(')');
    return out;
  }

  private position(): number[] {
    const out: number[] = [];
    while (/^[-+.\d]/.test(this.peek())) out.push(Number(this.token()));
    // A third number is a height, which GeoJSON coordinates of the language do not carry.
    if (out.length < 2 || out.length > 4 || !out.every(Number.isFinite)) throw new Bad();
    return out.slice(0, 2);
  }

  /** A position of a MULTIPOINT may stand in brackets of its own. */
  private loosePosition = (): number[] => {
    if (this.peek() !== '(') return this.position();
    this.expect('(');
    const p = this.position();
    this.expect(')');
    return p;
  };

  private positions = (): number[][] => this.list(() => this.position());
  private rings = (): number[][][] => this.list(this.positions);

  geometry = (): Geometry => {
    const type = this.token().toUpperCase();
    if (/^(Z|M|ZM)$/i.test(this.peek())) this.token();
    switch (type) {
      case 'POINT': {
        this.expect('(');
        const coordinates = this.position();
        this.expect(')');
        return { type: 'Point', coordinates };
      }
      case 'LINESTRING':
        return { type: 'LineString', coordinates: this.positions() };
      case 'POLYGON':
        return { type: 'Polygon', coordinates: this.rings() };
      case 'MULTIPOINT':
        return { type: 'MultiPoint', coordinates: this.list(this.loosePosition) };
      case 'MULTILINESTRING':
        return { type: 'MultiLineString', coordinates: this.rings() };
      case 'MULTIPOLYGON':
        return { type: 'MultiPolygon', coordinates: this.list(this.rings) };
      case 'GEOMETRYCOLLECTION':
        return { type: 'GeometryCollection', geometries: this.list(this.geometry) };
      default:
        throw new Bad();
    }
  };
}

class Bad extends Error {}

/** @returns undefined when the text is no well-known text of a known kind */
export function fromWkt(text: string): Geometry | undefined {
  try {
    const reader = new Reader(text);
    const g = reader.geometry();
    reader.end();
    return g;
  } catch (e) {
    if (e instanceof Bad) return undefined;
    throw e;
  }
}
