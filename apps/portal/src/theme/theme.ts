import {
  type BrandVariants,
  createDarkTheme,
  createLightTheme,
  type Theme,
  teamsHighContrastTheme,
} from '@fluentui/react-components';

/** Sea green of weathered copper, from near black to near white. */
const brand: BrandVariants = {
  10: '#021012',
  20: '#061e21',
  30: '#082d31',
  40: '#093a40',
  50: '#0a484f',
  60: '#0b565e',
  70: '#0d636c',
  80: '#0f6a73',
  90: '#1e7f88',
  100: '#2f939c',
  110: '#48a6ae',
  120: '#63b7be',
  130: '#80c7cd',
  140: '#9dd6da',
  150: '#bce5e7',
  160: '#dcf3f4',
};

const type = {
  fontFamilyBase: "'Segoe UI Variable', 'Segoe UI', system-ui, -apple-system, 'Noto Sans', 'Open Sans', sans-serif",
  fontFamilyMonospace: "'Cascadia Mono', 'JetBrains Mono', Consolas, 'DejaVu Sans Mono', Menlo, monospace",
};

const light = createLightTheme(brand);
const dark = createDarkTheme(brand);

/**
 * Backgrounds of rows and items that hold text of several colours. Fluent's high contrast turns its own hover and
 * selection backgrounds bright, which only works where the text turns dark with them.
 */
interface RowTokens {
  readonly rowHover: string;
  readonly rowOpen: string;
  readonly rowPicked: string;
}
export type PortalTheme = Theme & RowTokens;

/** For `makeStyles`, beside Fluent's `tokens`. */
export const rowTokens: RowTokens = {
  rowHover: 'var(--rowHover)',
  rowOpen: 'var(--rowOpen)',
  rowPicked: 'var(--rowPicked)',
};

const rows = (theme: Theme): RowTokens => ({
  rowHover: theme.colorNeutralBackground1Hover,
  rowOpen: theme.colorNeutralBackground1Selected,
  rowPicked: theme.colorBrandBackground2,
});

export const themes: Readonly<Record<'light' | 'dark' | 'highContrast', PortalTheme>> = {
  light: { ...light, ...type, ...rows(light) },
  dark: {
    ...dark,
    ...type,
    ...rows(dark),
    colorBrandForeground1: brand[120],
    colorBrandForeground2: brand[130],
    colorBrandForegroundLink: brand[120],
    colorBrandForegroundLinkHover: brand[130],
    colorBrandForegroundLinkPressed: brand[110],
    colorCompoundBrandForeground1: brand[120],
    colorCompoundBrandStroke: brand[110],
  },
  highContrast: { ...teamsHighContrastTheme, ...type, rowHover: '#262626', rowOpen: '#3d3d3d', rowPicked: '#12363b' },
};

export const THEME_CHOICES = ['system', 'light', 'dark', 'highContrast'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];
export type ThemeName = keyof typeof themes;
