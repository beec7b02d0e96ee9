/**
 * Changes that somebody, or an assistant, suggests for an incident. Nothing happens until a person who may change the
 * incident accepts; what then happens is that person's change.
 */
import { type IncidentChanges, type IncidentProposal, ParapetError, type ProposalRequest } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { insertComment } from '../desk/comments.ts';
import { changeIncident, lockIncident } from '../incidents/change.ts';
import { cascades } from '../incidents/service.ts';
import type { AlertCache } from '../sink/alert-cache.ts';
import { writeActivity } from '../sink/journal.ts';
import { lockPlacement } from '../sink/lock.ts';
import { decimalId, iso, notFound } from '../sql.ts';
import type { Actor, Context } from '../types.ts';
import { commentText, incidentChanges } from '../validate.ts';

/** More open suggestions than anyone reads. */
const MAX_OPEN = 50;
const MAX_REASON = 4_000;
const COLUMNS = `id::text as id, incident_id::text as incident_id, changes, comment, reason, proposed_by, created_at,
  state, decided_by, decided_at`;

interface ProposalRow {
  readonly id: string;
  readonly incident_id: string;
  readonly changes: IncidentChanges;
  readonly comment: string;
  readonly reason: string;
  readonly proposed_by: string;
  readonly created_at: Date;
  readonly state: IncidentProposal['state'];
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
}

const toProposal = (row: ProposalRow): IncidentProposal => ({
  id: row.id,
  incidentId: row.incident_id,
  changes: row.changes,
  comment: row.comment,
  reason: row.reason,
  proposedBy: row.proposed_by,
  createdAt: iso(row.created_at),
  state: row.state,
  decidedBy: row.decided_by,
  decidedAt: row.decided_at ? iso(row.decided_at) : null,
});

export class ProposalService {
  readonly #context: Context;
  readonly #cache: AlertCache;

  constructor(context: Context, cache: AlertCache) {
    this.#context = context;
    this.#cache = cache;
  }

  /** Open ones first, then the newest. At most 200. */
  async list(incidentId: string): Promise<IncidentProposal[]> {
    const rows = await this.#context.db.query<ProposalRow>(
      `select ${COLUMNS} from incident_proposal where incident_id = $1
       order by (state = 'open') desc, incident_proposal.id desc limit 200`,
      [decimalId(incidentId) ?? '0'],
    );
    return rows.map(toProposal);
  }

  /**
   * Suggest changes, a comment, or both.
   * @throws ParapetError 400 `invalid_request`, 404 `not_found`, 409 `incident_redirected`, `too_many_proposals`
   */
  async propose(incidentId: string, request: ProposalRequest, actor: Actor): Promise<IncidentProposal> {
    const reason = request.reason.trim();
    if (reason === '')
      throw new ParapetError('invalid_request', 400, 'The reason is empty.', 'Say why, for whoever decides.');
    if (reason.length > MAX_REASON)
      throw new ParapetError('invalid_request', 400, `The reason is longer than ${MAX_REASON} characters.`);
    const given = request.changes ?? {};
    const changes = Object.keys(given).length > 0 ? incidentChanges(given) : {};
    const comment = request.comment ? commentText(request.comment) : '';
    if (Object.keys(changes).length === 0 && comment === '')
      throw new ParapetError('invalid_request', 400, 'Nothing is proposed.', 'Give changes, a comment, or both.');
    const { db, now, committed } = this.#context;
    const proposal = await db.transaction(async (tx) => {
      await lockPlacement(tx);
      const incident = await lockIncident(tx, incidentId);
      const [open] = await tx.query<{ n: number }>(
        `select count(*)::int as n from incident_proposal where incident_id = $1 and state = 'open'`,
        [incident.id],
      );
      if ((open?.n ?? 0) >= MAX_OPEN)
        throw new ParapetError(
          'too_many_proposals',
          409,
          `The incident has ${MAX_OPEN} open proposals.`,
          'Wait until some are decided.',
        );
      const at = now();
      const [row] = await tx.query<ProposalRow>(
        `insert into incident_proposal (incident_id, changes, comment, reason, proposed_by, created_at)
         values ($1, $2, $3, $4, $5, $6) returning ${COLUMNS}`,
        [incident.id, JSON.stringify(changes), comment, reason, actor.username, at],
      );
      const made = toProposal(row!);
      await this.#record(tx, made, actor, 'proposal.create', `Proposed: ${summary(made)}`, at);
      return made;
    });
    committed();
    return proposal;
  }

  /**
   * Accept, which makes the change as the person who accepts, or dismiss.
   * @throws ParapetError 404 `not_found`, 409 `proposal_decided`, `incident_redirected`, and what the change throws
   */
  async decide(
    incidentId: string,
    proposalId: string,
    verdict: 'accepted' | 'dismissed',
    actor: Actor,
  ): Promise<IncidentProposal> {
    const { db, now, committed, mayChange } = this.#context;
    if (mayChange) {
      const [known] = await db.query<ProposalRow>(
        `select ${COLUMNS} from incident_proposal where incident_proposal.id = $1`,
        [decimalId(proposalId) ?? '0'],
      );
      const cascading = verdict === 'accepted' && cascades(known?.changes ?? {});
      await mayChange('incident', incidentId, cascading);
    }
    const decided = await db.transaction(async (tx) => {
      await lockPlacement(tx);
      const [row] = await tx.query<ProposalRow>(
        `select ${COLUMNS} from incident_proposal where incident_proposal.id = $1 and incident_id = $2 for update`,
        [decimalId(proposalId) ?? '0', decimalId(incidentId) ?? '0'],
      );
      if (!row) throw notFound('proposal', proposalId);
      if (row.state !== 'open')
        throw new ParapetError('proposal_decided', 409, `${row.decided_by} has ${row.state} this proposal already.`);
      const at = now();
      if (verdict === 'accepted') {
        if (Object.keys(row.changes).length > 0)
          await changeIncident(tx, this.#context, this.#cache, row.incident_id, row.changes, actor);
        if (row.comment) {
          const text = `${row.comment}\n\n(proposed by ${row.proposed_by})`;
          await insertComment(tx, { incidentId: row.incident_id, alertId: null }, text, actor, at);
        }
      }
      const [after] = await tx.query<ProposalRow>(
        `update incident_proposal set state = $2, decided_by = $3, decided_at = $4 where id = $1 returning ${COLUMNS}`,
        [row.id, verdict, actor.username, at],
      );
      const made = toProposal(after!);
      const text = `${verdict === 'accepted' ? 'Accepted' : 'Dismissed'} the proposal of ${made.proposedBy}: ${summary(made)}`;
      await this.#record(tx, made, actor, `proposal.${verdict === 'accepted' ? 'accept' : 'dismiss'}`, text, at);
      return made;
    });
    committed();
    return decided;
  }

  async #record(
    tx: Queryable,
    proposal: IncidentProposal,
    actor: Actor,
    action: string,
    text: string,
    at: Date,
  ): Promise<void> {
    await tx.query('update incident set last_update = $2 where id = $1', [proposal.incidentId, at]);
    await writeActivity(tx, [
      {
        incidentId: proposal.incidentId,
        time: at,
        actor: actor.username,
        origin: 'user',
        category: 'proposal',
        text,
        after: { proposalId: proposal.id },
      },
    ]);
    await this.#context.audit(
      {
        actor: actor.username,
        action,
        target: `incident/${proposal.incidentId}`,
        after: proposal,
        remoteAddress: actor.remoteAddress,
      },
      tx,
    );
  }
}

/** `status resolved, comment`, for the activity log. */
function summary({ changes, comment }: IncidentProposal): string {
  const parts = Object.entries(changes).map(
    ([name, value]) =>
      `${name} ${value === null ? 'cleared' : Array.isArray(value) ? value.join(', ') : String(value)}`,
  );
  return [...parts, ...(comment ? ['a comment'] : [])].join(', ').slice(0, 500);
}
