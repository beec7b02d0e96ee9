import { makeStyles, tokens } from '@fluentui/react-components';
import { CheckmarkCircle16Filled } from '@fluentui/react-icons/svg/checkmark-circle';
import { Circle16Regular } from '@fluentui/react-icons/svg/circle';
import { EyeOff16Filled } from '@fluentui/react-icons/svg/eye-off';
import { SubtractCircle16Regular } from '@fluentui/react-icons/svg/subtract-circle';
import type { CoverageLevel } from '@parapet/schema/wire';
import { LEVEL_LABEL } from '../model.ts';

const useStyles = makeStyles({
  covered: { color: tokens.colorPaletteGreenForeground3 },
  blind: { color: tokens.colorPaletteDarkOrangeForeground1 },
  available: { color: tokens.colorBrandForeground1 },
  none: { color: tokens.colorNeutralForeground4 },
  mark: { flexShrink: 0, display: 'inline-flex' },
});

const ICONS = {
  covered: CheckmarkCircle16Filled,
  blind: EyeOff16Filled,
  available: SubtractCircle16Regular,
  none: Circle16Regular,
} as const;

/** A level as a sign with its word for those who do not see it. */
export function LevelMark({ level }: { readonly level: CoverageLevel }) {
  const styles = useStyles();
  const Icon = ICONS[level];
  return (
    <span className={styles.mark}>
      <Icon className={styles[level]} aria-label={LEVEL_LABEL[level]} />
    </span>
  );
}
