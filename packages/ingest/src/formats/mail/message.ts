import { createHash } from 'node:crypto';
import PostalMime, {
  type Address,
  type Attachment,
  addressParser,
  decodeWords,
  type Email,
  type Header,
} from 'postal-mime';
import { type ArchiveListing, attachmentFacts } from './attachments.ts';
import { type AuthResult, authenticationResults, receivedSpf, signatureTags } from './authentication.ts';
import { mailDate } from './dates.ts';
import { type Hop, isInside, receivedHop } from './received.ts';
import { MAX_URLS, type MailUrl, urlsInHtml, urlsInText } from './urls.ts';

/** Addresses of one header; `name` stands at the place of its address and may be empty. */
export interface Mailboxes {
  readonly address: readonly string[];
  readonly name: readonly string[];
}

export interface MailAttachment {
  readonly file: {
    /** Empty when the part names none. */
    readonly name: string;
    /** In lower case, without the dot. */
    readonly extension: string;
    readonly size: number;
    /** As the message declares it. */
    readonly mime_type: string;
    readonly hash: { readonly md5: string; readonly sha1: string; readonly sha256: string };
  };
  /** By its bytes. */
  readonly detected_type: string;
  readonly disposition?: string;
  readonly content_id?: string;
  /** Needs a password. */
  readonly encrypted?: true;
  /** What a zip holds. */
  readonly archive?: ArchiveListing;
  /** A message inside the message. */
  readonly message?: {
    readonly message_id?: string;
    readonly subject?: string;
    readonly from?: string;
    readonly attachments: readonly MailAttachment[];
  };
}

/**
 * A message as one record, with the names of the Elastic Common Schema (`email.*`) where it has them. Keys without a
 * value are absent.
 */
export interface MailRecord {
  readonly _format: 'rfc822';
  /** `Date`, else the newest `Received`, in UTC; absent when the message has neither. */
  readonly '@timestamp'?: string;
  readonly email: {
    /** Hex SHA-256 of the message as it lies in the file: the same file read twice has the same. */
    readonly local_id: string;
    /** Without angle brackets. */
    readonly message_id?: string;
    readonly in_reply_to?: string;
    readonly references?: readonly string[];
    readonly subject?: string;
    /** The `Date` header in UTC. */
    readonly origination_timestamp?: string;
    /** Date of the newest `Received` header in UTC. */
    readonly delivery_timestamp?: string;
    readonly from?: Mailboxes;
    readonly sender?: Mailboxes;
    readonly reply_to?: Mailboxes;
    readonly to?: Mailboxes;
    readonly cc?: Mailboxes;
    readonly bcc?: Mailboxes;
    /** `Return-Path`, the sender of the envelope; empty for `<>`. */
    readonly mail_from?: string;
    /** `Delivered-To`, `X-Original-To`, `Envelope-To`, `X-Rcpt-To`: recipients of the envelope. */
    readonly rcpt_to?: readonly string[];
    readonly x_mailer?: string;
    readonly content_type?: string;
    /** Bytes of the whole message. */
    readonly size: number;
    /** All headers in their order; `raw` where decoding changed the value. */
    readonly headers: readonly { readonly name: string; readonly value: string; readonly raw?: string }[];
    /** Hops, the newest first. */
    readonly received: readonly Hop[];
    /** The first address from the newest hop downwards that is not private. */
    readonly sender_ip?: string;
    readonly authentication: {
      /** The newest verdict of each kind, as one word. */
      readonly spf?: string;
      readonly dkim?: string;
      readonly dmarc?: string;
      readonly arc?: string;
      readonly compauth?: string;
      readonly results: readonly AuthResult[];
      readonly signatures: readonly Readonly<Record<string, string>>[];
      readonly arc_seals: readonly Readonly<Record<string, string>>[];
    };
    /** What filters on the way noted; present when any did. */
    readonly spam?: {
      readonly flag?: boolean;
      readonly score?: number;
      readonly threshold?: number;
      readonly headers: Readonly<Record<string, string>>;
    };
    /** Bodies, each cut at 64 KiB. */
    readonly text?: string;
    readonly html?: string;
    readonly truncated?: true;
    readonly urls: readonly MailUrl[];
    readonly attachments: readonly MailAttachment[];
    /** What is wrong with the message: `missing_date`, `date_without_zone`, `invalid_date`, `missing_from`, `missing_message_id`, `broken_mime`, `truncated`. */
    readonly defects: readonly string[];
  };
}

const BODY_LIMIT = 65_536;
const MAX_HEADERS = 500;
const MAX_HEADER = 16_384;
const HEADERS_BYTES = 512 * 2 ** 10;
const MAX_ATTACHMENTS = 200;
const MAX_NESTING = 4;
const SPAM_HEADER =
  /^(?:x-spam(?:-|d-|$)|x-rspamd-|x-(?:ms-exchange-organization-|forefront-antispam|microsoft-antispam)|x-bogosity|x-barracuda-spam|x-proofpoint-spam|x-virus|x-amavis|x-dspam|x-ham-|x-spamd)/i;

/**
 * Read one message. Whatever the message is made of, there is a record: what a parser of MIME refuses keeps its headers
 * and its body as text.
 * @param bytes the message, its headers first
 * @param cut whether the bytes are only the beginning of it
 */
export async function mailRecord(bytes: Buffer, cut = false): Promise<MailRecord> {
  const defects: string[] = [];
  if (cut) defects.push('truncated');
  const parsed = await parse(bytes, defects);
  const headers = parsed.headers.slice(0, MAX_HEADERS);
  const values = (key: string): string[] =>
    headers.filter((header) => header.key === key).map((header) => header.value);
  const first = (...keys: string[]): string | undefined =>
    keys
      .flatMap(values)
      .find((value) => value.trim() !== '')
      ?.trim();

  const received = values('received').slice(0, 50).map(receivedHop);
  const dateText = first('date');
  const date = dateText === undefined ? null : mailDate(dateText);
  if (dateText === undefined) defects.push('missing_date');
  else if (!date) defects.push('invalid_date');
  else if (!date.zoned) defects.push('date_without_zone');
  const delivered = received.find((hop) => hop.timestamp)?.timestamp;
  const messageId = first('message-id');
  if (!messageId) defects.push('missing_message_id');
  const from = mailboxes(values('from'));
  if (!from) defects.push('missing_from');

  const text = parsed.text ?? '';
  const html = parsed.html ?? '';
  const subject = first('subject');
  const decodedSubject = subject === undefined ? undefined : decoded(subject).slice(0, MAX_HEADER);
  const attachments = await describe(parsed.attachments, 0);
  const urls = distinct([
    ...urlsInText(decodedSubject ?? '', 'Subject'),
    ...urlsInHtml(html),
    ...urlsInText(text),
    ...attachments.urls,
  ]);
  const sender = received.map((hop) => hop.from_ip).find((ip) => ip !== undefined && !isInside(ip));
  const spam = spamOf(headers);
  const timestamp = date?.iso ?? delivered;

  return {
    _format: 'rfc822',
    ...(timestamp ? { '@timestamp': timestamp } : {}),
    email: {
      local_id: createHash('sha256').update(bytes).digest('hex'),
      ...some('message_id', messageId === undefined ? undefined : bare(messageId)),
      ...some('in_reply_to', first('in-reply-to') === undefined ? undefined : bare(first('in-reply-to') ?? '')),
      ...some('references', first('references')?.split(/\s+/).map(bare).slice(0, 100)),
      ...some('subject', decodedSubject),
      ...some('origination_timestamp', date?.iso),
      ...some('delivery_timestamp', delivered),
      ...some('from', from),
      ...some('sender', mailboxes(values('sender'))),
      ...some('reply_to', mailboxes(values('reply-to'))),
      ...some('to', mailboxes(values('to'))),
      ...some('cc', mailboxes(values('cc'))),
      ...some('bcc', mailboxes(values('bcc'))),
      ...some('mail_from', first('return-path') === undefined ? undefined : bare(first('return-path') ?? '')),
      ...some('rcpt_to', envelopeTo(values)),
      ...some('x_mailer', first('x-mailer', 'user-agent')?.slice(0, 1_000)),
      ...some('content_type', first('content-type')?.slice(0, 1_000)),
      size: bytes.length,
      headers: listed(headers),
      received,
      ...some('sender_ip', sender),
      authentication: authenticationOf(headers),
      ...some('spam', spam),
      ...some('text', text === '' ? undefined : text.slice(0, BODY_LIMIT)),
      ...some('html', html === '' ? undefined : html.slice(0, BODY_LIMIT)),
      ...(text.length > BODY_LIMIT || html.length > BODY_LIMIT ? { truncated: true as const } : {}),
      urls,
      attachments: attachments.list,
      defects,
    },
  };
}

function some<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}

async function parse(
  bytes: Buffer,
  defects: string[],
): Promise<Pick<Email, 'headers' | 'text' | 'html' | 'attachments'>> {
  try {
    return await PostalMime.parse(bytes, { rfc822Attachments: true, forceRfc822Attachments: true });
  } catch {
    // Too deep or too large for the parser: the headers and the text as they stand.
    defects.push('broken_mime');
    const text = bytes.toString('latin1', 0, 2 ** 20);
    const end = /\r?\n\r?\n/.exec(text);
    const head = end ? text.slice(0, end.index) : text;
    const headers: Header[] = [];
    for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
      const match = /^([!-9;-~]+):\s*(.*)$/.exec(line);
      if (match)
        headers.push({ key: (match[1] ?? '').toLowerCase(), originalKey: match[1] ?? '', value: match[2] ?? '' });
    }
    return { headers, text: end ? bytes.toString('utf8', end.index + end[0].length, 2 ** 20) : '', attachments: [] };
  }
}

function decoded(value: string): string {
  try {
    return decodeWords(value);
  } catch {
    return value;
  }
}

const bare = (text: string): string => {
  const trimmed = text.trim();
  return (/<([^<>]*)>/.exec(trimmed)?.[1] ?? trimmed).trim().slice(0, 2_000);
};

function mailboxes(values: readonly string[]): Mailboxes | undefined {
  const address: string[] = [];
  const name: string[] = [];
  for (const value of values) {
    let parsed: Address[] = [];
    try {
      parsed = addressParser(value.slice(0, 65_536), { flatten: true });
    } catch {
      // A header no parser understands stays among the headers.
    }
    for (const box of parsed.slice(0, 1_000)) {
      if (!box.address && !box.name) continue;
      address.push((box.address ?? '').slice(0, 1_000));
      name.push(decoded(box.name).slice(0, 1_000));
    }
  }
  return address.length > 0 ? { address, name } : undefined;
}

function envelopeTo(values: (key: string) => string[]): string[] | undefined {
  const found = ['delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'x-rcpt-to']
    .flatMap(values)
    .flatMap((value) => value.split(','))
    .map(bare)
    .filter((address) => address.includes('@'));
  return found.length > 0 ? [...new Set(found)].slice(0, 1_000) : undefined;
}

function listed(headers: readonly Header[]): { name: string; value: string; raw?: string }[] {
  const list: { name: string; value: string; raw?: string }[] = [];
  let bytes = 0;
  for (const header of headers) {
    const raw = header.value.slice(0, MAX_HEADER);
    const value = decoded(raw);
    bytes += header.originalKey.length + raw.length + value.length;
    if (bytes > HEADERS_BYTES) break;
    list.push({ name: header.originalKey.slice(0, 200), value, ...(value === raw ? {} : { raw }) });
  }
  return list;
}

function authenticationOf(headers: readonly Header[]): MailRecord['email']['authentication'] {
  const results: AuthResult[] = [];
  const signatures: Record<string, string>[] = [];
  const seals: Record<string, string>[] = [];
  for (const { key, value } of headers) {
    if (results.length > 200 || signatures.length > 50 || seals.length > 50) break;
    if (key === 'authentication-results') results.push(...authenticationResults(value, false));
    else if (key === 'arc-authentication-results') results.push(...authenticationResults(value, true));
    else if (key === 'received-spf') {
      const result = receivedSpf(value);
      if (result) results.push(result);
    } else if (key === 'dkim-signature') signatures.push(signatureTags(value));
    else if (key === 'arc-seal')
      seals.push({
        instance: /\bi\s*=\s*(\d+)/.exec(value)?.[1] ?? '',
        ...signatureTags(value.replace(/\bi\s*=\s*\d+\s*;?/, '')),
      });
  }
  // Headers are put in front: the first one of a kind is the newest. Copies in ARC sets count last.
  const ranked = [
    ...results.filter((result) => result.source !== 'arc-authentication-results'),
    ...results.filter((result) => result.source === 'arc-authentication-results'),
  ];
  const verdict = (method: string): string | undefined => ranked.find((result) => result.method === method)?.result;
  return {
    ...some('spf', verdict('spf')),
    // Several signatures: one that passes is enough (RFC 6376, 6.3).
    ...some(
      'dkim',
      ranked.some((result) => result.method === 'dkim' && result.result === 'pass') ? 'pass' : verdict('dkim'),
    ),
    ...some('dmarc', verdict('dmarc')),
    ...some('arc', verdict('arc')),
    ...some('compauth', verdict('compauth')),
    results,
    signatures,
    arc_seals: seals,
  };
}

function spamOf(headers: readonly Header[]): MailRecord['email']['spam'] | undefined {
  const found: Record<string, string> = {};
  for (const { key, value } of headers)
    if (SPAM_HEADER.test(key) && Object.keys(found).length < 40) found[key] ??= value.slice(0, 2_000);
  if (Object.keys(found).length === 0) return undefined;
  const flag = found['x-spam-flag'] ?? found['x-spam-status'] ?? found['x-spam'] ?? found['x-spamd-result'];
  const yes =
    flag === undefined
      ? undefined
      : /^\s*yes\b/i.test(flag) || /:\s*True\b/.test(flag)
        ? true
        : /^\s*no\b/i.test(flag) || /:\s*False\b/.test(flag)
          ? false
          : undefined;
  const status = `${found['x-spam-status'] ?? ''} ${found['x-spamd-result'] ?? ''}`;
  const score =
    /(?:score|hits)=(-?\d+(?:\.\d+)?)/i.exec(status)?.[1] ??
    /\[(-?\d+(?:\.\d+)?)\s*\//.exec(status)?.[1] ??
    /^\s*(-?\d+(?:\.\d+)?)/.exec(found['x-spam-score'] ?? '')?.[1];
  const threshold = /required=(-?\d+(?:\.\d+)?)/i.exec(status)?.[1] ?? /\/\s*(-?\d+(?:\.\d+)?)\s*\]/.exec(status)?.[1];
  return {
    ...some('flag', yes),
    ...some('score', score === undefined ? undefined : Number(score)),
    ...some('threshold', threshold === undefined ? undefined : Number(threshold)),
    headers: found,
  };
}

async function describe(
  parts: readonly Attachment[],
  depth: number,
): Promise<{ list: MailAttachment[]; urls: MailUrl[] }> {
  const list: MailAttachment[] = [];
  const urls: MailUrl[] = [];
  for (const part of parts.slice(0, MAX_ATTACHMENTS)) {
    const content =
      typeof part.content === 'string'
        ? Buffer.from(part.content)
        : Buffer.from(part.content instanceof ArrayBuffer ? new Uint8Array(part.content) : part.content);
    const facts = await attachmentFacts(content);
    const name = (part.filename ?? '').slice(0, 1_000);
    const dot = name.lastIndexOf('.');
    let message: MailAttachment['message'];
    if (part.mimeType === 'message/rfc822' && depth < MAX_NESTING) {
      const inner = await parse(content, []);
      const within = await describe(inner.attachments, depth + 1);
      const value = (key: string): string | undefined =>
        inner.headers.find((header) => header.key === key)?.value.trim();
      urls.push(
        ...urlsInHtml(inner.html ?? '', 'Attachment'),
        ...urlsInText(inner.text ?? '', 'Attachment'),
        ...within.urls,
      );
      message = {
        ...some('message_id', value('message-id') === undefined ? undefined : bare(value('message-id') ?? '')),
        ...some(
          'subject',
          value('subject') === undefined ? undefined : decoded(value('subject') ?? '').slice(0, MAX_HEADER),
        ),
        ...some('from', mailboxes([value('from') ?? ''])?.address[0]),
        attachments: within.list,
      };
    } else if (
      facts.detected === 'text/html' ||
      facts.detected === 'text/plain' ||
      facts.detected === 'image/svg+xml'
    ) {
      const text = content.toString('utf8', 0, 2 ** 20);
      urls.push(...(facts.detected === 'text/plain' ? urlsInText(text, 'Attachment') : urlsInHtml(text, 'Attachment')));
    }
    list.push({
      file: {
        name,
        extension:
          dot > 0
            ? name
                .slice(dot + 1)
                .toLowerCase()
                .slice(0, 20)
            : '',
        size: facts.size,
        mime_type: part.mimeType,
        hash: facts.hash,
      },
      detected_type: facts.detected,
      ...some('disposition', part.disposition ?? undefined),
      ...some('content_id', part.contentId === undefined ? undefined : bare(part.contentId)),
      ...(facts.encrypted ? { encrypted: true as const } : {}),
      ...some('archive', facts.archive),
      ...some('message', message),
    });
  }
  return { list, urls };
}

function distinct(urls: readonly MailUrl[]): MailUrl[] {
  const seen = new Map<string, MailUrl>();
  for (const url of urls) {
    const key = `${url.where} ${url.url}`;
    if (seen.size >= MAX_URLS && !seen.has(key)) break;
    const known = seen.get(key);
    // The one that shows what a reader sees says more.
    if (!known || (url.text !== undefined && known.text === undefined)) seen.set(key, url);
  }
  return [...seen.values()];
}
