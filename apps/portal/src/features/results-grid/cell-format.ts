import type { KqlType } from '@parapet/schema/wire';
import { visibleText } from '../../lib/text.ts';
import { cellText } from './csv.ts';

/** Cells are drawn dozens of times a second while scrolling: everything here is cheap or remembered. */

const MAX_SHOWN = 300;
const jsonText = new WeakMap<object, string>();

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** `2026-11-21 14:03:22.123`, in the zone; the fraction is cut to milliseconds, the export keeps all seven digits. */
export function gridTime(iso: string, zone: 'local' | 'utc'): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  if (zone === 'utc') return date.toISOString().slice(0, 23).replace('T', ' ');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const fraction = String(date.getMilliseconds()).padStart(3, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}.${fraction}`;
}

/** What a cell shows: one line of plain text with hidden characters made visible. */
export function shownText(value: unknown, type: KqlType, zone: 'local' | 'utc'): string {
  if (value === null || value === undefined) return '';
  if (type === 'datetime') return gridTime(String(value), zone);
  if (typeof value === 'object') {
    let text = jsonText.get(value);
    if (text === undefined) {
      text = visibleText(JSON.stringify(value).slice(0, MAX_SHOWN));
      jsonText.set(value, text);
    }
    return text;
  }
  const text = typeof value === 'string' ? value : String(value);
  const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return visibleText(cut.replace(/[\r\n\t]+/g, ' '));
}

/** What hovering tells: the whole value, and for times the other zone too. */
export function hoverText(value: unknown, type: KqlType, zone: 'local' | 'utc'): string {
  if (value === null || value === undefined || value === '') return '';
  if (type === 'datetime') {
    const other =
      zone === 'utc' ? `local ${gridTime(String(value), 'local')}` : `UTC ${gridTime(String(value), 'utc')}`;
    return `${String(value)}\n${other}`;
  }
  return visibleText(cellText(value).slice(0, 2_000));
}
