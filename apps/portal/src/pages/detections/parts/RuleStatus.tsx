import { Badge, Tooltip } from '@fluentui/react-components';
import type { DetectionInfo, DetectionStatus } from '@parapet/schema/wire';
import { STATUS_HELP, STATUS_LABEL } from '../words.ts';

const COLOR: Readonly<Record<DetectionStatus, 'success' | 'danger' | 'warning' | 'informative' | 'subtle'>> = {
  ok: 'success',
  new: 'informative',
  failed: 'danger',
  warning: 'warning',
  throttled: 'warning',
  suppressed: 'informative',
  off: 'subtle',
  broken: 'danger',
};

/** How a rule does, with what that means on hover. */
export function RuleStatus({ rule }: { readonly rule: Pick<DetectionInfo, 'status' | 'warning' | 'lastError'> }) {
  const more = rule.lastError ?? rule.warning;
  return (
    <Tooltip
      content={more ? `${STATUS_HELP[rule.status]} ${more}` : STATUS_HELP[rule.status]}
      relationship="description"
    >
      <Badge appearance="tint" size="medium" color={COLOR[rule.status]}>
        {STATUS_LABEL[rule.status]}
      </Badge>
    </Tooltip>
  );
}
