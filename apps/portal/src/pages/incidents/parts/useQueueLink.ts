import { makeStyles, tokens } from '@fluentui/react-components';

/** The link of a row's name: part of the row until it is pointed at or focused. */
export const useQueueLink = makeStyles({
  link: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    textDecoration: 'none',
    unicodeBidi: 'isolate',
    ':hover': { color: tokens.colorBrandForegroundLinkHover, textDecoration: 'underline' },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
});
