import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mailDate } from '../src/formats/mail/dates.ts';
import { type MailRecord, mailRecord } from '../src/formats/mail/message.ts';
import { isMail } from '../src/formats/mail/reader.ts';
import { splitDocuments } from '../src/formats/text.ts';

async function read(text: string | Buffer, piece = 1_000): Promise<MailRecord[]> {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, i) =>
    bytes.subarray(i * piece, (i + 1) * piece),
  );
  const records: MailRecord[] = [];
  for await (const item of splitDocuments('file', Readable.from(pieces, { objectMode: false }))) {
    if (!('document' in item)) throw new Error(item.problem);
    records.push(JSON.parse(item.document.bytes.toString()) as MailRecord);
  }
  return records;
}

/** A zip with one entry whose flags say that it is encrypted. */
function encryptedZip(name: string): Buffer {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(1, 6);
  local.writeUInt32LE(17, 18);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(1, 8);
  central.writeUInt32LE(17, 20);
  central.writeUInt32LE(5, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + 17, 16);
  return Buffer.concat([local, Buffer.from(name), Buffer.alloc(17), central, Buffer.from(name), end]);
}

const ZIP = encryptedZip('invoice.exe');
const MESSAGE = [
  'Return-Path: <bounce@mailer.example>',
  'Delivered-To: ada@example.com',
  'Received: from inner (localhost [127.0.0.1]) by mx.example.com with LMTP id 1; Tue, 05 Mar 2024 10:00:05 +0100',
  'Received: from mail.example.net (HELO evil) (unknown [203.0.113.9])',
  '\tby mx.example.com (Postfix) with ESMTPS id ABC',
  '\tfor <ada@example.com>; Tue, 05 Mar 2024 10:00:00 +0100 (CET)',
  'Authentication-Results: mx.example.com; spf=fail (no; really) smtp.mailfrom=mailer.example;',
  ' dkim=fail reason="bad; signature" header.d=other.example; dkim=pass header.d=mailer.example; dmarc=fail action=quarantine header.from=bank.example',
  'Received-SPF: Fail (mx: not allowed) client-ip=203.0.113.9; envelope-from="bounce@mailer.example"; helo=evil; receiver=mx.example.com',
  'ARC-Authentication-Results: i=1; relay.example; arc=none',
  'DKIM-Signature: v=1; a=rsa-sha256; d=mailer.example; s=key1; h=from:to; bh=xx; b=yy',
  'X-Spam-Status: Yes, score=15.4 required=5.0 tests=A,B',
  'X-Spam-Flag: YES',
  'Date: Tue, 5 Mar 2024 04:59:58 -0400',
  'Message-ID: <m1@mailer.example>',
  'From: =?utf-8?B?QmFuayDDhA==?= <service@bank.example>',
  'Sender: real@mailer.example',
  'Reply-To: "Boss, The" <boss@example.org>',
  'To: Ada <ada@example.com>, team: bob@example.com, eve@example.com;',
  'Cc: undisclosed-recipients:;',
  'Subject: =?iso-8859-1?Q?Gr=FC=DFe?= www.subject.example/x',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary="b1"',
  '',
  '--b1',
  'Content-Type: multipart/alternative; boundary="b2"',
  '',
  '--b2',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'See https://text.example/a(b), or (http://plain.example/).',
  '--b2',
  'Content-Type: text/html; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  '<p>Go to <a href=3D"http://evil.example/?a=3D1&amp;b=3D2">https://bank.example</a><img src=3D"https://pixel.example/i.png"></p>',
  '--b2--',
  '--b1',
  'Content-Type: application/pdf; name="=?utf-8?Q?R=C3=A9sum=C3=A9?=.pdf.zip"',
  'Content-Disposition: attachment',
  'Content-Transfer-Encoding: base64',
  '',
  ZIP.toString('base64'),
  '--b1',
  'Content-Type: message/rfc822',
  '',
  'From: inner@example.net',
  'Subject: Inner',
  'Message-ID: <in@example.net>',
  'Content-Type: multipart/mixed; boundary=b3',
  '',
  '--b3',
  'Content-Type: text/plain',
  '',
  'http://inside.example/',
  '--b3',
  'Content-Type: application/octet-stream; name=run.exe',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('MZ\u0000\u0001').toString('base64'),
  '--b3--',
  '--b1--',
  '',
].join('\r\n');

describe('a mail message', () => {
  it('becomes one record with decoded headers, hops, verdicts, links and attachments', async () => {
    const [record] = await read(MESSAGE);
    const email = record?.email;
    expect(record?.['@timestamp']).toBe('2024-03-05T08:59:58.000Z');
    expect(email).toMatchObject({
      local_id: createHash('sha256').update(MESSAGE).digest('hex'),
      message_id: 'm1@mailer.example',
      subject: 'Grüße www.subject.example/x',
      origination_timestamp: '2024-03-05T08:59:58.000Z',
      delivery_timestamp: '2024-03-05T09:00:05.000Z',
      from: { address: ['service@bank.example'], name: ['Bank Ä'] },
      sender: { address: ['real@mailer.example'], name: [''] },
      reply_to: { address: ['boss@example.org'], name: ['Boss, The'] },
      to: { address: ['ada@example.com', 'bob@example.com', 'eve@example.com'] },
      mail_from: 'bounce@mailer.example',
      rcpt_to: ['ada@example.com'],
      sender_ip: '203.0.113.9',
      received: [
        { from: 'inner', from_ip: '127.0.0.1', by: 'mx.example.com', with: 'LMTP', id: '1' },
        {
          from: 'mail.example.net',
          from_ip: '203.0.113.9',
          by: 'mx.example.com',
          with: 'ESMTPS',
          id: 'ABC',
          for: 'ada@example.com',
          timestamp: '2024-03-05T09:00:00.000Z',
        },
      ],
      spam: { flag: true, score: 15.4, threshold: 5 },
      defects: [],
    });
    expect(email?.cc).toBeUndefined();
    expect(email?.authentication).toMatchObject({ spf: 'fail', dkim: 'pass', dmarc: 'fail', arc: 'none' });
    expect(email?.authentication.results).toEqual(
      expect.arrayContaining([
        {
          source: 'authentication-results',
          by: 'mx.example.com',
          method: 'dkim',
          result: 'fail',
          reason: 'bad; signature',
          properties: { 'header.d': 'other.example' },
        },
        {
          source: 'authentication-results',
          by: 'mx.example.com',
          method: 'dmarc',
          result: 'fail',
          properties: { action: 'quarantine', 'header.from': 'bank.example' },
        },
        { source: 'arc-authentication-results', by: 'relay.example', instance: 1, method: 'arc', result: 'none' },
        expect.objectContaining({ source: 'received-spf', by: 'mx.example.com', result: 'fail' }),
      ]),
    );
    expect(email?.authentication.signatures).toEqual([
      { version: '1', algorithm: 'rsa-sha256', domain: 'mailer.example', selector: 'key1', headers: 'from:to' },
    ]);
    expect(email?.headers.find((header) => header.name === 'Subject')).toEqual({
      name: 'Subject',
      value: 'Grüße www.subject.example/x',
      raw: '=?iso-8859-1?Q?Gr=FC=DFe?= www.subject.example/x',
    });
    expect(email?.urls).toEqual([
      { url: 'http://www.subject.example/x', domain: 'www.subject.example', where: 'Subject', kind: 'text' },
      {
        url: 'http://evil.example/?a=1&b=2',
        domain: 'evil.example',
        where: 'Body',
        kind: 'href',
        text: 'https://bank.example',
      },
      { url: 'https://pixel.example/i.png', domain: 'pixel.example', where: 'Body', kind: 'src' },
      { url: 'https://bank.example', domain: 'bank.example', where: 'Body', kind: 'text' },
      { url: 'https://text.example/a(b)', domain: 'text.example', where: 'Body', kind: 'text' },
      { url: 'http://plain.example/', domain: 'plain.example', where: 'Body', kind: 'text' },
      { url: 'http://inside.example/', domain: 'inside.example', where: 'Attachment', kind: 'text' },
    ]);
    const [zip, message] = email?.attachments ?? [];
    expect(zip).toMatchObject({
      file: {
        name: 'Résumé.pdf.zip',
        extension: 'zip',
        size: ZIP.length,
        mime_type: 'application/pdf',
        hash: { sha256: createHash('sha256').update(ZIP).digest('hex') },
      },
      detected_type: 'application/zip',
      disposition: 'attachment',
      encrypted: true,
      archive: { entries: [{ name: 'invoice.exe', size: 5, encrypted: true }] },
    });
    expect(message?.message).toMatchObject({
      message_id: 'in@example.net',
      subject: 'Inner',
      from: 'inner@example.net',
      attachments: [{ file: { name: 'run.exe' }, detected_type: 'application/vnd.microsoft.portable-executable' }],
    });
  });

  it('is read from an mbox and from batched SMTP as well, whatever the pieces of the file are', async () => {
    const body = (n: number) => `From: a${n}@example.com\nSubject: ${n}\n\nText\nFrom here on\n\n>From quoted\n`;
    const mbox = [1, 2, 3].map((n) => `From a@example.com Tue Mar  5 10:00:00 2024\n${body(n)}\n`).join('');
    for (const piece of [7, 100, 10_000]) {
      const records = await read(mbox, piece);
      expect(records.map((record) => record.email.subject)).toEqual(['1', '2', '3']);
      expect(records[2]?.email.text).toContain('\nFrom quoted');
    }
    const smtp = [1, 2]
      .map(
        (n) => `HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: ${n}\r\nTo: c@d\r\n\r\n..dot\r\n.\r\n`,
      )
      .join('');
    const records = await read(smtp);
    expect(records.map((record) => record.email.subject)).toEqual(['1', '2']);
    expect(records[0]?.email.text?.trim()).toBe('.dot');
  });

  it('has a record also when its MIME is broken, and says what is missing', async () => {
    const [noBoundary] = await read(
      'Content-Type: multipart/mixed; boundary="x"\nSubject: a\n\nno parts here http://a.example/\n',
    );
    expect(noBoundary?.email.defects).toEqual(['missing_date', 'missing_message_id', 'missing_from']);
    const deep = Array.from(
      { length: 400 },
      (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`,
    ).join('');
    const [tooDeep] = await read(`Subject: deep\nFrom: a@example.com\n${deep}text`);
    expect(tooDeep?.email).toMatchObject({ subject: 'deep', defects: expect.arrayContaining(['broken_mime']) });
    const [unzoned] = await read('From: a@example.com\nDate: 5 Mar 2024 10:00:00\n\nx\n');
    expect(unzoned?.['@timestamp']).toBe('2024-03-05T10:00:00.000Z');
    expect(unzoned?.email.defects).toContain('date_without_zone');
    const [long] = await read(`From: a@example.com\nTo: b@example.com\n\n${'x'.repeat(200_000)}`);
    expect(long?.email.text).toHaveLength(65_536);
    expect(long?.email.truncated).toBe(true);
  });

  it('of any bytes at all gives a record of bounded size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.nat(MESSAGE.length),
        fc.boolean(),
        async (noise, at, replace) => {
          const bytes = Buffer.concat([
            Buffer.from(MESSAGE.slice(0, at)),
            noise,
            Buffer.from(MESSAGE.slice(replace ? at + noise.length : at)),
          ]);
          const record = await mailRecord(bytes);
          expect(record.email.size).toBe(bytes.length);
          expect(JSON.stringify(record).length).toBeLessThan(2_000_000);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is told from other texts', () => {
    for (const text of [
      'Mar  5 10:00:00 host sshd[1]: Accepted\nMar  5 10:00:01 host sshd[1]: x: y\n',
      'time: 10\nhost: a\nmessage: b\nuser: c\n',
      'INFO: started\nFrom: config\nWARN: x\nINFO: y\nINFO: z\nINFO: a\nINFO: b\nINFO: c\nINFO: d\n',
      'name,value\n1,2\n',
    ])
      expect(isMail(Buffer.from(text)), text).toBe(false);
    expect(isMail(Buffer.from('Content-type: text/html\n\n<p>'))).toBe(true);
    expect(isMail(Buffer.from('Received: from a\n by b\nFrom\n : x\nSubject: y\n\n'))).toBe(true);
  });

  it('has dates in all the forms that occur', () => {
    for (const [text, iso] of [
      ['Mon, 12 Aug 2002 11:57:58 -0500 (CDT)', '2002-08-12T16:57:58.000Z'],
      ['12 Aug 02 11:57 GMT', '2002-08-12T11:57:00.000Z'],
      ['Fri, 7 Dec 99 07:01:03 PST', '1999-12-07T15:01:03.000Z'],
      ['Tue Mar  5 10:00:00 2024', '2024-03-05T10:00:00.000Z'],
      ['Thu Jan 01 00:00:00 EST 2004', '2004-01-01T05:00:00.000Z'],
      ['2024-03-05T10:00:00+01:00', '2024-03-05T09:00:00.000Z'],
      ['5 March 2024 10:00:00 +0000', '2024-03-05T10:00:00.000Z'],
    ])
      expect(mailDate(text ?? '')?.iso, text).toBe(iso);
    for (const text of ['', 'yesterday', 'Mon, 99 Foo 2002 11:57:58 +0000']) expect(mailDate(text)).toBeNull();
  });
});
