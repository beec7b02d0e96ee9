import { quoteIdentifier } from '@parapet/store';

/** Where the working tables of a batch stand: one set for what is ingested, another for connectors being tried out. */
export interface Place {
  readonly database: string;
  /** Records of the batch with the connector that claims each. */
  readonly batch: string;
  /** Records of the batch before it is known which connector claims them. */
  readonly arrived: string;
  /** Observed clock differences, kept over batches. */
  readonly pairs: string;
  /** Records that wait for the rest of their event, kept over batches. */
  readonly waiting: string;
  stage(id: string): string;
}

function place(database: string): Place {
  return {
    database,
    batch: `${database}.batch`,
    arrived: `${database}.arrived`,
    pairs: `${database}.clock_pairs`,
    waiting: `${database}.waiting`,
    stage: (id) => `${database}.${quoteIdentifier(`stage_${id}`)}`,
  };
}

export const LIVE = place('parapet_ingest');
export const TRIAL = place('parapet_trial');
