import {
  ALERT_STATUSES,
  type AlertChanges,
  CLASSIFICATIONS,
  type Classification,
  DETERMINATIONS,
  type Determination,
  INCIDENT_STATUSES,
  type IncidentChanges,
  ParapetError,
  SEVERITIES,
} from '@parapet/schema';

/** Names that older clients write (spec A 1.2). */
const DETERMINATION_ALIASES: Readonly<Record<string, Determination>> = {
  compromiseduser: 'compromisedAccount',
  clean: 'notMalicious',
  insufficientdata: 'notEnoughDataToValidate',
  confirmeduseractivity: 'confirmedActivity',
};
export const ALL_DETERMINATIONS = [...new Set(Object.values(DETERMINATIONS).flat())] as readonly Determination[];
const MAX_TAGS = 50;
const MAX_TAG = 100;
const MAX_NAME = 500;
const MAX_ASSIGNEE = 200;
export const MAX_COMMENT = 30_000;
export const REDIRECTED_TAG = 'Redirected';

const refuse = (message: string, hint?: string, details?: unknown): ParapetError =>
  new ParapetError('invalid_request', 400, message, hint, details);

/**
 * A member of an enumeration, written in any case (spec A 0).
 * @throws ParapetError `invalid_request` 400 with the allowed values
 */
export function member<T extends string>(field: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each.toLowerCase() === value.toLowerCase());
  if (found === undefined)
    throw refuse(`${field} cannot be ${JSON.stringify(value.slice(0, 100))}.`, `Allowed: ${allowed.join(', ')}.`, {
      field,
      allowed,
    });
  return found;
}

/** A list parameter: repeated or comma-separated; `%2C` and `%25` inside an item stand for comma and percent sign. */
export function listOf(value: string | readonly string[] | undefined): string[] {
  const parts = value === undefined ? [] : typeof value === 'string' ? [value] : value;
  return parts
    .flatMap((part) => part.split(','))
    .map((item) => item.trim().replaceAll('%2C', ',').replaceAll('%25', '%'))
    .filter((item) => item !== '');
}

export function members<T extends string>(
  field: string,
  value: string | readonly string[] | undefined,
  allowed: readonly T[],
): T[] {
  return listOf(value).map((item) => member(field, item, allowed));
}

function classificationOf(value: Classification | null | undefined): Classification | null | undefined {
  if (value === undefined || value === null) return value;
  return value.toLowerCase() === 'unknown' ? null : member('classification', value, CLASSIFICATIONS);
}

function determinationOf(value: Determination | null | undefined): Determination | null | undefined {
  if (value === undefined || value === null) return value;
  const text = value.toLowerCase();
  if (text === 'unknown') return null;
  return DETERMINATION_ALIASES[text] ?? member('determination', value, ALL_DETERMINATIONS);
}

function assigneeOf(value: string | null | undefined): string | null | undefined {
  if (value === undefined || value === null) return value;
  const name = value.trim();
  if (name.length > MAX_ASSIGNEE) throw refuse(`assignedTo is longer than ${MAX_ASSIGNEE} characters.`);
  return name === '' ? null : name;
}

function tagsOf(value: readonly string[]): string[] {
  const tags = new Map<string, string>();
  for (const raw of value) {
    const tag = raw.trim();
    if (tag === '') throw refuse('A tag is empty.');
    if (tag.length > MAX_TAG) throw refuse(`A tag is longer than ${MAX_TAG} characters.`);
    if (tag.toLowerCase() === REDIRECTED_TAG.toLowerCase())
      throw refuse(`The tag ${REDIRECTED_TAG} is set by the system.`);
    if (!tags.has(tag.toLowerCase())) tags.set(tag.toLowerCase(), tag);
  }
  if (tags.size > MAX_TAGS) throw refuse(`An incident has at most ${MAX_TAGS} tags.`);
  return [...tags.values()];
}

/** What does not depend on the incident's present state. @throws ParapetError `invalid_request` 400 */
export function incidentChanges(changes: IncidentChanges): IncidentChanges {
  const result: { -readonly [K in keyof IncidentChanges]: IncidentChanges[K] } = {};
  if (changes.name === null) result.name = null;
  else if (changes.name !== undefined) {
    const name = changes.name.trim();
    if (name === '') throw refuse('name is empty.', 'Leave it out to keep the present name.');
    if (name.length > MAX_NAME) throw refuse(`name is longer than ${MAX_NAME} characters.`);
    result.name = name;
  }
  if (changes.status !== undefined) {
    const status = member(
      'status',
      changes.status,
      INCIDENT_STATUSES.filter((each) => each !== 'redirected'),
    );
    result.status = status as 'active' | 'inProgress' | 'resolved';
  }
  if (changes.severity === null) result.severity = null;
  else if (changes.severity !== undefined) result.severity = member('severity', changes.severity, SEVERITIES);
  if (changes.assignedTo !== undefined) result.assignedTo = assigneeOf(changes.assignedTo);
  if (changes.classification !== undefined) result.classification = classificationOf(changes.classification);
  if (changes.determination !== undefined) result.determination = determinationOf(changes.determination);
  if (changes.tags !== undefined) result.tags = tagsOf(changes.tags);
  if (changes.resolvingComment !== undefined) {
    if (changes.resolvingComment.length > MAX_COMMENT)
      throw refuse(`resolvingComment is longer than ${MAX_COMMENT} characters.`);
    result.resolvingComment = changes.resolvingComment;
  }
  for (const field of ['description', 'summary'] as const) {
    const text = changes[field];
    if (text === undefined) continue;
    if (text.length > MAX_COMMENT) throw refuse(`${field} is longer than ${MAX_COMMENT} characters.`);
    result[field] = text;
  }
  atLeastOne(result);
  if (changes.withAlerts !== undefined) {
    if (changes.status === undefined)
      throw refuse('withAlerts goes with a status.', 'Name the status that the alerts should follow.');
    result.withAlerts = changes.withAlerts;
  }
  return result;
}

/** @throws ParapetError `invalid_request` 400 */
export function alertChanges(changes: AlertChanges): AlertChanges {
  const result: { -readonly [K in keyof AlertChanges]: AlertChanges[K] } = {};
  if (changes.status !== undefined) result.status = member('status', changes.status, ALERT_STATUSES);
  if (changes.assignedTo !== undefined) result.assignedTo = assigneeOf(changes.assignedTo);
  if (changes.classification !== undefined) result.classification = classificationOf(changes.classification);
  if (changes.determination !== undefined) result.determination = determinationOf(changes.determination);
  atLeastOne(result);
  return result;
}

function atLeastOne(changes: object): void {
  if (Object.keys(changes).length === 0) throw refuse('There is nothing to change.', 'Name at least one field.');
}

interface Verdict {
  readonly classification: Classification | null;
  readonly determination: Determination | null;
}

/**
 * Classification and determination after a change (pairs of spec A 1.2). A determination that the new classification
 * does not know is dropped unless the change itself names it.
 * @throws ParapetError `invalid_determination` 400 naming both fields
 */
export function verdictAfter(before: Verdict, changes: Partial<Verdict>): Verdict {
  const classification = changes.classification === undefined ? before.classification : changes.classification;
  const allowed: readonly string[] = classification === null ? [] : DETERMINATIONS[classification];
  const determination = changes.determination === undefined ? before.determination : changes.determination;
  if (determination === null || allowed.includes(determination)) return { classification, determination };
  if (changes.determination === undefined || changes.determination === null)
    return { classification, determination: null };
  throw new ParapetError(
    'invalid_determination',
    400,
    classification === null
      ? `determination ${determination} needs a classification, and classification is not set.`
      : `determination ${determination} does not go with classification ${classification}.`,
    classification === null
      ? `Set classification to ${CLASSIFICATIONS.filter((each) => DETERMINATIONS[each].includes(determination)).join(' or ')} as well.`
      : `Allowed with ${classification}: ${allowed.join(', ')}.`,
    { fields: ['classification', 'determination'], allowed },
  );
}

/** @throws ParapetError `invalid_request` 400 for an empty or too long text */
export function commentText(text: string): string {
  if (text.trim() === '') throw refuse('The comment is empty.');
  if (text.length > MAX_COMMENT)
    throw refuse(`The comment is longer than ${MAX_COMMENT} characters.`, 'Shorten it or split it in two.');
  return text;
}
