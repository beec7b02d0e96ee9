import { Field, makeStyles, Radio, RadioGroup, Switch } from '@fluentui/react-components';
import { absoluteTime, zoneName } from '../../lib/time.ts';
import { useNow } from '../../lib/useNow.ts';
import { useAppearance } from '../../theme/Appearance.tsx';
import type { ThemeChoice } from '../../theme/theme.ts';
import { Section } from './Section.tsx';

const useStyles = makeStyles({ form: { display: 'flex', flexDirection: 'column', gap: '18px' } });

export function AppearanceSection() {
  const styles = useStyles();
  const { theme, zone, density, singleKeys, change } = useAppearance();
  const now = new Date(useNow()).toISOString();
  return (
    <Section title="Appearance" purpose="Yours alone, and the same in every browser you sign in with.">
      <div className={styles.form}>
        <Field label="Theme">
          <RadioGroup
            layout="horizontal"
            value={theme}
            onChange={(_, data) => change({ theme: data.value as ThemeChoice })}
          >
            <Radio value="system" label="As the system" />
            <Radio value="light" label="Light" />
            <Radio value="dark" label="Dark" />
            <Radio value="highContrast" label="High contrast" />
          </RadioGroup>
        </Field>
        <Field label="Times" hint={`It is now ${absoluteTime(now, zone, 'minute')}.`}>
          <RadioGroup
            layout="horizontal"
            value={zone}
            onChange={(_, data) => change({ zone: data.value === 'utc' ? 'utc' : 'local' })}
          >
            <Radio value="local" label={`Local (${zoneName('local')})`} />
            <Radio value="utc" label="UTC" />
          </RadioGroup>
        </Field>
        <Field label="Rows of lists">
          <RadioGroup
            layout="horizontal"
            value={density}
            onChange={(_, data) => change({ density: data.value === 'comfortable' ? 'comfortable' : 'compact' })}
          >
            <Radio value="compact" label="Compact" />
            <Radio value="comfortable" label="Comfortable" />
          </RadioGroup>
        </Field>
        <Switch
          checked={singleKeys}
          onChange={(_, data) => change({ singleKeys: data.checked })}
          label="Single-key shortcuts (j, k, x, ?). Ctrl+K and Esc always work."
        />
      </div>
    </Section>
  );
}
