import { azureKind } from '../azure/kind.ts';
import { dropKind } from '../drop/kind.ts';
import { elasticKind } from '../elastic/kind.ts';
import { genericKind } from '../generic/kind.ts';
import { hecKind } from '../hec/kind.ts';
import { objectsKind } from '../objects/kind.ts';
import { osqueryKind } from '../osquery/kind.ts';
import { otlpKind } from '../otlp/kind.ts';
import { syslogKind } from '../syslog/kind.ts';
import { uploadKind } from '../upload/kind.ts';
import type { SourceKind } from './types.ts';

/** Every way to deliver events, in the order the portal offers them. A new one is a file beside its protocol and a line here. */
export const SOURCE_KINDS: readonly SourceKind[] = [
  elasticKind,
  syslogKind,
  hecKind,
  otlpKind,
  azureKind,
  osqueryKind,
  genericKind,
  dropKind,
  objectsKind,
  uploadKind,
];
