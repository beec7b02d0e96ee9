import type { SourceKind } from '../sources/types.ts';
import { startGrpc } from './grpc.ts';

/** Logs of everything that speaks the OpenTelemetry protocol. */
export const otlpKind: SourceKind = {
  id: 'otlp',
  title: 'OpenTelemetry (OTLP)',
  description:
    'Logs of OpenTelemetry collectors and SDKs, over HTTP on the main port and over gRPC on a port of its own.',
  credentials: 'key',
  fields: [
    {
      name: 'grpcPort',
      label: 'gRPC port',
      type: 'number',
      min: 0,
      max: 65_535,
      hint: 'Usually 4317. Empty or 0: HTTP alone.',
    },
    {
      name: 'grpcHost',
      label: 'gRPC address',
      type: 'text',
      fallback: '127.0.0.1',
      hint: '0.0.0.0 listens on every network. Without a certificate keys travel unencrypted.',
    },
    {
      name: 'certificate',
      label: 'gRPC certificate',
      type: 'textarea',
      hint: 'PEM, the server’s own certificate first. Empty: no encryption.',
    },
    { name: 'privateKey', label: 'gRPC private key', type: 'secret', hint: 'PEM, without a passphrase.' },
  ],
  setup: [
    {
      title: 'Collector, HTTP',
      language: 'yaml',
      text: `exporters:
  otlphttp/parapet:
    logs_endpoint: "{{url}}/v1/logs"
    headers: { Authorization: "Bearer {{key}}" }
service:
  pipelines:
    logs: { receivers: [filelog], exporters: [otlphttp/parapet] }`,
    },
    {
      title: 'Collector, gRPC',
      language: 'yaml',
      text: `exporters:
  otlp/parapet:
    endpoint: "{{host}}:{{setting:grpcPort}}"
    headers: { authorization: "Bearer {{key}}" }`,
    },
    {
      title: 'SDK',
      language: 'bash',
      text: `export OTEL_EXPORTER_OTLP_LOGS_ENDPOINT={{url}}/v1/logs
export OTEL_EXPORTER_OTLP_LOGS_HEADERS="Authorization=Bearer {{key}}"
export OTEL_LOGS_EXPORTER=otlp`,
    },
  ],
  start: startGrpc,
};
