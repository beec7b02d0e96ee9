import type { AlertedGroup, DetectionState, RuleState } from './state.ts';

/** Remember in memory only: for tools and tests that start empty each time. */
export function memoryState(): DetectionState {
  const states = new Map<string, RuleState>();
  const events = new Map<string, Map<string, number>>();
  const groups = new Map<string, { group: AlertedGroup; at: number }[]>();
  return {
    load: async () => new Map([...states].map(([id, state]) => [id, { ...state }])),
    save: async (list) => {
      for (const state of list) states.set(state.ruleId, { ...state });
    },
    knownEvents: async (ruleId, hashes) => new Set(hashes.filter((hash) => events.get(ruleId)?.has(hash))),
    rememberEvents: async (ruleId, hashes, at) => {
      const known = events.get(ruleId) ?? new Map<string, number>();
      for (const hash of hashes) known.set(hash, at.getTime());
      events.set(ruleId, known);
    },
    groups: async (ruleId, hashes) =>
      (groups.get(ruleId) ?? []).map(({ group }) => group).filter((group) => hashes.includes(group.groupHash)),
    rememberGroups: async (ruleId, list, at) => {
      const known = groups.get(ruleId) ?? [];
      for (const group of list) {
        const index = known.findIndex(
          (other) => other.group.groupHash === group.groupHash && other.group.firstActivity === group.firstActivity,
        );
        if (index >= 0) known[index] = { group, at: at.getTime() };
        else known.push({ group, at: at.getTime() });
      }
      groups.set(ruleId, known);
    },
    prune: async (before) => {
      for (const known of events.values())
        for (const [hash, at] of known) if (at < before.getTime()) known.delete(hash);
      for (const [ruleId, known] of groups)
        groups.set(
          ruleId,
          known.filter(({ at }) => at >= before.getTime()),
        );
    },
  };
}
