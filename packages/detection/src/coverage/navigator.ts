/** The matrix as a layer of the ATT&CK Navigator (layer format 4.5, https://github.com/mitre-attack/attack-navigator). */
import type { Coverage, CoverageLevel } from '@parapet/schema';

const COLOURS: Readonly<Record<CoverageLevel, string>> = {
  covered: '#5b9f73',
  blind: '#d9a13b',
  available: '#9db7d4',
  none: '',
};

const shortName = (tactic: string): string => tactic.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();

export function navigatorLayer(coverage: Coverage): Readonly<Record<string, unknown>> {
  const rules = new Map(coverage.rules.map((rule) => [rule.id, rule]));
  return {
    name: 'Parapet coverage',
    versions: { attack: coverage.attackVersion.split('.')[0], navigator: '5.1.0', layer: '4.5' },
    domain: 'enterprise-attack',
    description: `Rules that see, over data of the last ${coverage.days} days.`,
    sorting: 0,
    layout: { layout: 'side', showID: true, showName: true },
    hideDisabled: false,
    techniques: coverage.techniques
      .filter((technique) => technique.level !== 'none')
      .flatMap((technique) =>
        technique.tactics.map((tactic) => ({
          techniqueID: technique.id,
          tactic: shortName(tactic),
          score: technique.rules.filter((id) => ['sees', 'partly'].includes(rules.get(id)?.sight ?? '')).length,
          color: COLOURS[technique.level],
          comment: technique.rules
            .slice(0, 50)
            .map((id) => `${rules.get(id)?.name ?? id} (${rules.get(id)?.sight})`)
            .join('\n'),
          enabled: true,
          metadata: [],
          showSubtechniques: false,
        })),
      ),
    legendItems: [
      { label: 'A rule sees', color: COLOURS.covered },
      { label: 'Rules are on, none sees', color: COLOURS.blind },
      { label: 'Rules exist, off', color: COLOURS.available },
    ],
  };
}
