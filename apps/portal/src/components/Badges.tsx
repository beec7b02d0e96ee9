import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { ArrowRoutingRectangleMultiple20Regular } from '@fluentui/react-icons/svg/arrow-routing-rectangle-multiple';
import { CheckmarkCircle16Regular } from '@fluentui/react-icons/svg/checkmark-circle';
import { Circle16Regular } from '@fluentui/react-icons/svg/circle';
import { CircleHalfFill16Regular } from '@fluentui/react-icons/svg/circle-half-fill';
import type { AlertStatus, IncidentStatus, Severity } from '@parapet/schema/wire';
import type { ReactNode } from 'react';
import { useAppearance } from '../theme/Appearance.tsx';
import { ALERT_STATUS_LABEL, INCIDENT_STATUS_LABEL, SEVERITY_HUE, SEVERITY_LABEL } from '../theme/meaning.ts';

const useStyles = makeStyles({
  badge: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: '6px',
    whiteSpace: 'nowrap',
    verticalAlign: 'middle',
    color: tokens.colorNeutralForeground1,
  },
  bars: { display: 'inline-flex', alignItems: 'flex-end', gap: '2px', height: '12px', flexShrink: 0 },
  bar: { width: '4px', borderRadius: '1px' },
  status: { display: 'inline-flex', alignItems: 'center', gap: '5px', whiteSpace: 'nowrap', verticalAlign: 'middle' },
  icon: { display: 'flex', flexShrink: 0, color: tokens.colorNeutralForeground3 },
  brand: { color: tokens.colorBrandForeground1 },
  done: { color: tokens.colorPaletteGreenForeground1 },
  tag: {
    display: 'inline-block',
    maxWidth: '220px',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    verticalAlign: 'middle',
    padding: '0 7px',
    lineHeight: '20px',
    fontSize: tokens.fontSizeBase200,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground6,
    color: tokens.colorNeutralForeground2,
  },
});

const LEVEL: Readonly<Record<Severity, number>> = { informational: 0, low: 1, medium: 2, high: 3 };

/** Three bars that fill with severity, and the word: readable without colour. */
export function SeverityBadge({ severity, iconOnly }: { readonly severity: Severity; readonly iconOnly?: boolean }) {
  const styles = useStyles();
  const { themeName } = useAppearance();
  const hue = SEVERITY_HUE[themeName][severity];
  const label = SEVERITY_LABEL[severity];
  return (
    <span
      className={styles.badge}
      {...(iconOnly ? { role: 'img', 'aria-label': `${label} severity`, title: label } : {})}
    >
      <span className={styles.bars} aria-hidden="true">
        {[1, 2, 3].map((step) => (
          <span
            key={step}
            className={styles.bar}
            style={{
              height: `${4 * step}px`,
              backgroundColor: step <= LEVEL[severity] ? hue : 'transparent',
              boxShadow: `inset 0 0 0 1px ${hue}`,
            }}
          />
        ))}
      </span>
      {iconOnly ? null : label}
    </span>
  );
}

export function StatusBadge({ status }: { readonly status: IncidentStatus | AlertStatus }) {
  const styles = useStyles();
  const label =
    status in INCIDENT_STATUS_LABEL
      ? INCIDENT_STATUS_LABEL[status as IncidentStatus]
      : ALERT_STATUS_LABEL[status as AlertStatus];
  const icon =
    status === 'resolved' ? (
      <CheckmarkCircle16Regular />
    ) : status === 'inProgress' ? (
      <CircleHalfFill16Regular />
    ) : status === 'redirected' ? (
      <ArrowRoutingRectangleMultiple20Regular />
    ) : (
      <Circle16Regular />
    );
  return (
    <span className={styles.status}>
      <span
        className={mergeClasses(
          styles.icon,
          status === 'resolved' && styles.done,
          (status === 'active' || status === 'new' || status === 'inProgress') && styles.brand,
        )}
      >
        {icon}
      </span>
      {label}
    </span>
  );
}

/** A neutral word: category, technique, role, tag. */
export function Tag({ children, title }: { readonly children: ReactNode; readonly title?: string }) {
  const styles = useStyles();
  return (
    <span className={styles.tag} title={title ?? (typeof children === 'string' ? children : undefined)}>
      {children}
    </span>
  );
}
