import { castSample } from './generate.ts';
import { ACCOUNTS } from './model/cloud.ts';
import { DNS_DOMAIN } from './model/org.ts';
import { DEFAULT_SEED, HOUR, type SampleOptions } from './types.ts';

/** What the generated environment contains, for the page that offers it. Everything is counted on the model. */
export interface SampleDescription {
  readonly domain: string;
  readonly people: number;
  readonly devices: number;
  readonly servers: number;
  readonly sites: number;
  readonly cloudAccounts: number;
  readonly days: number;
  readonly from: string;
  readonly to: string;
  readonly campaigns: readonly {
    readonly id: string;
    readonly kind: string;
    readonly scenario: string;
    readonly devices: number;
    readonly identities: number;
    readonly from: string;
    readonly to: string;
  }[];
}

/**
 * Describes the environment of the same options without generating its events. Takes milliseconds.
 * Without an end it describes the window that ends with the current hour. Throws RangeError on bad options.
 */
export function describeSample(options: Partial<SampleOptions> = {}): SampleDescription {
  const { world, campaigns, start, end } = castSample({
    ...options,
    seed: options.seed ?? DEFAULT_SEED,
    end: options.end ?? thisHour(),
  });
  const { org, days } = world;
  return {
    domain: DNS_DOMAIN,
    people: org.people.length,
    devices: org.devices.length,
    servers: org.devices.filter((d) => d.role !== 'workstation').length,
    sites: org.sites.length,
    cloudAccounts: ACCOUNTS.length,
    days,
    from: start.toISOString(),
    to: end.toISOString(),
    campaigns: campaigns.map((c) => ({
      id: c.id,
      kind: c.kind,
      scenario: c.scenario,
      devices: c.devices.length,
      identities: c.identities.length,
      from: new Date(c.start).toISOString(),
      to: new Date(c.end).toISOString(),
    })),
  };
}

function thisHour(): Date {
  return new Date(Math.floor(Date.now() / HOUR) * HOUR);
}
