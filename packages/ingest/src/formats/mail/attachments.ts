import { createHash } from 'node:crypto';
import yauzl from 'yauzl';

/** What the bytes of an attachment say it is. */
const MAGIC: readonly (readonly [string, string | RegExp, number?])[] = [
  ['application/pdf', '%PDF-'],
  ['application/zip', 'PK\u0003\u0004'],
  ['application/zip', 'PK\u0005\u0006'],
  ['application/vnd.rar', 'Rar!\u001a\u0007'],
  ['application/x-7z-compressed', "7z\u00bc\u00af'\u001c"],
  ['application/gzip', '\u001f\u008b'],
  ['application/x-bzip2', 'BZh'],
  ['application/x-xz', '\u00fd7zXZ\u0000'],
  ['application/zstd', '(\u00b5/\u00fd'],
  ['application/x-ole-storage', '\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1'],
  ['application/vnd.microsoft.portable-executable', 'MZ'],
  ['application/x-elf', '\u007fELF'],
  ['application/x-mach-binary', '\u00cf\u00fa\u00ed\u00fe'],
  ['application/x-ms-shortcut', 'L\u0000\u0000\u0000\u0001\u0014\u0002\u0000'],
  ['application/rtf', '{\\rt'],
  ['application/onenote', '\u00e4\u0052\u005c\u007b\u008c\u00d8\u00a7\u004d'],
  ['application/x-iso9660-image', 'CD001', 32_769],
  ['application/vnd.ms-cab-compressed', 'MSCF'],
  ['application/vnd.tcpdump.pcap', '\u00d4\u00c3\u00b2\u00a1'],
  ['application/x-tar', 'ustar', 257],
  ['image/png', '\u0089PNG\r\n'],
  ['image/jpeg', '\u00ff\u00d8\u00ff'],
  ['image/gif', 'GIF8'],
  ['image/tiff', 'II*\u0000'],
  ['image/webp', /^RIFF....WEBP/s],
  ['application/vnd.ms-tnef', 'x\u009f>"'],
  ['text/html', /^\s*(?:<!doctype html|<html|<head|<body|<script)/i],
  ['image/svg+xml', /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)?<svg\b/i],
  ['text/xml', /^\s*<\?xml/],
  ['text/calendar', /^BEGIN:VCALENDAR/],
  ['text/x-shellscript', /^#!/],
];

/** Most bytes of text files are printable; anything else that is not known is only called bytes. */
export function sniff(content: Buffer): string {
  if (content.length === 0) return 'application/x-empty';
  const text = content.toString('latin1', 0, 1_024);
  for (const [type, mark, at] of MAGIC) {
    if (typeof mark !== 'string') {
      if (mark.test(text)) return type;
    } else if (content.toString('latin1', at ?? 0, (at ?? 0) + mark.length) === mark) return type;
  }
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Control characters other than those of text: backspace to carriage return, and escape.
    if (code < 8 || (code > 13 && code < 32 && code !== 27)) return 'application/octet-stream';
  }
  return 'text/plain';
}

export interface ArchiveListing {
  readonly entries: readonly { readonly name: string; readonly size: number; readonly encrypted?: true }[];
  /** More entries than are listed. */
  readonly truncated?: true;
  readonly problem?: string;
}

export interface AttachmentFacts {
  /** By its bytes. */
  readonly detected: string;
  readonly hash: { readonly md5: string; readonly sha1: string; readonly sha256: string };
  readonly size: number;
  /** Needs a password: an encrypted zip, RAR, 7z, PDF or Office document. */
  readonly encrypted?: true;
  readonly archive?: ArchiveListing;
}

const MAX_ENTRIES = 200;

export async function attachmentFacts(content: Buffer): Promise<AttachmentFacts> {
  let detected = sniff(content);
  const archive = detected === 'application/zip' ? await zipListing(content) : undefined;
  const names = archive?.entries.map((entry) => entry.name) ?? [];
  // Office documents, Java and Android programs are zip files with a known entry.
  if (names.includes('[Content_Types].xml'))
    detected = names.some((name) => name.startsWith('word/'))
      ? 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
      : names.some((name) => name.startsWith('xl/'))
        ? 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
        : names.some((name) => name.startsWith('ppt/'))
          ? 'application/vnd.openxmlformats-officedocument.presentationml.presentation'
          : detected;
  else if (names.includes('META-INF/MANIFEST.MF')) detected = 'application/java-archive';
  const encrypted = archive?.entries.some((entry) => entry.encrypted) || isEncrypted(content, detected);
  const digest = (name: string): string => createHash(name).update(content).digest('hex');
  return {
    detected,
    size: content.length,
    hash: { md5: digest('md5'), sha1: digest('sha1'), sha256: digest('sha256') },
    ...(encrypted ? { encrypted: true } : {}),
    ...(archive ? { archive } : {}),
  };
}

function isEncrypted(content: Buffer, type: string): boolean {
  switch (type) {
    case 'application/pdf':
      return /\/Encrypt\s+\d+\s+\d+\s+R/.test(content.toString('latin1', Math.max(0, content.length - 65_536)));
    // An encrypted Office document is an OLE file with this stream (MS-OFFCRYPTO, 2.3.4).
    case 'application/x-ole-storage':
      return content.includes(Buffer.from('EncryptedPackage', 'utf16le'));
    case 'application/vnd.rar': {
      // RAR 4: main header flag 0x0080; RAR 5: a header of type 4 comes first.
      if (content[6] === 0) return ((content[10] ?? 0) & 0x80) !== 0 || ((content[23] ?? 0) & 0x04) !== 0;
      return content[13] === 4;
    }
    case 'application/x-7z-compressed':
      // The coder of AES-256 + SHA-256 in the header, when that is not packed itself.
      return content.includes(Buffer.from([0x06, 0xf1, 0x07, 0x01]));
    default:
      return false;
  }
}

async function zipListing(content: Buffer): Promise<ArchiveListing> {
  const entries: { name: string; size: number; encrypted?: true }[] = [];
  return new Promise((resolve) => {
    yauzl.fromBuffer(content, { lazyEntries: true, strictFileNames: false }, (error, zip) => {
      if (error) return resolve({ entries, problem: error.message });
      zip.on('entry', (entry: yauzl.Entry) => {
        if (entries.length >= MAX_ENTRIES) return resolve({ entries, truncated: true });
        entries.push({
          name: entry.fileName.slice(0, 500),
          size: entry.uncompressedSize,
          ...((entry.generalPurposeBitFlag & 1) !== 0 ? { encrypted: true } : {}),
        });
        zip.readEntry();
      });
      zip.on('end', () => resolve({ entries }));
      zip.on('error', (problem: Error) => resolve({ entries, problem: problem.message }));
      zip.readEntry();
    });
  });
}
