import type { FastifyReply } from 'fastify';

/**
 * Answers of the HTTP Event Collector: code, HTTP status, text.
 * Source: "Troubleshoot HTTP Event Collector", "Possible error codes" of the vendor's documentation.
 */
export const HEC = {
  success: [0, 200, 'Success'],
  disabled: [1, 403, 'Token disabled'],
  tokenRequired: [2, 401, 'Token is required'],
  invalidAuthorization: [3, 401, 'Invalid authorization'],
  invalidToken: [4, 403, 'Invalid token'],
  noData: [5, 400, 'No data'],
  invalidFormat: [6, 400, 'Invalid data format'],
  incorrectIndex: [7, 400, 'Incorrect index'],
  internal: [8, 500, 'Internal server error'],
  busy: [9, 503, 'Server is busy'],
  channelMissing: [10, 400, 'Data channel is missing'],
  invalidChannel: [11, 400, 'Invalid data channel'],
  eventRequired: [12, 400, 'Event field is required'],
  eventBlank: [13, 400, 'Event field cannot be blank'],
  ackDisabled: [14, 400, 'ACK is disabled'],
  invalidFields: [15, 400, 'Error in handling indexed fields'],
  noQueryToken: [16, 400, 'Query string authorization is not enabled'],
  healthy: [17, 200, 'HEC is healthy'],
  unhealthy: [18, 503, 'HEC is unhealthy, queues are full'],
} as const satisfies Readonly<Record<string, readonly [number, number, string]>>;

export type HecCode = (typeof HEC)[keyof typeof HEC];

/** Refusal of a whole request. */
export class HecError extends Error {
  constructor(
    readonly answer: HecCode,
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(answer[2]);
  }
}

/** Send an answer in the protocol's own form; `status` where another than the usual one says more. */
export function sendHec(
  reply: FastifyReply,
  [code, usual, text]: HecCode,
  extra: Readonly<Record<string, unknown>> = {},
  status: number = usual,
): FastifyReply {
  return reply.code(status).send({ text, code, ...extra });
}
