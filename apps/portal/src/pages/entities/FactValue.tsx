import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { Fact } from '@parapet/schema/wire';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';

const useStyles = makeStyles({ soft: { color: tokens.colorNeutralForeground3 } });

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

/** A fact and where it comes from; instants are shown in the person's zone. */
export function FactValue({ fact }: { readonly fact: Fact }) {
  const styles = useStyles();
  return (
    <span>
      {INSTANT.test(fact.value) ? <TimeText value={fact.value} mode="absolute" /> : visibleText(fact.value)}{' '}
      <Text size={200} className={styles.soft}>
        {fact.source}
      </Text>
    </span>
  );
}
