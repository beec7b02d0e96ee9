import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';

const useStyles = makeStyles({
  mark: {
    flexShrink: 0,
    minWidth: '48px',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase100,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground3,
  },
  reads: { color: tokens.colorPaletteGreenForeground3 },
  writes: { color: tokens.colorBrandForeground1 },
  removes: { color: tokens.colorPaletteRedForeground3 },
});

/** The method of a call; reading, writing and removing differ in colour as well as in word. */
export function MethodMark({ method }: { readonly method: string }) {
  const styles = useStyles();
  return (
    <span
      className={mergeClasses(
        styles.mark,
        method === 'GET' ? styles.reads : method === 'DELETE' ? styles.removes : styles.writes,
      )}
    >
      {method}
    </span>
  );
}
