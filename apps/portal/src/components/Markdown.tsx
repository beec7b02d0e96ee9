import { makeStyles, tokens } from '@fluentui/react-components';
import { type ReactNode, useMemo } from 'react';
import { type Block, type Inline, parseMarkdown } from '../lib/markdown.ts';
import { visibleText } from '../lib/text.ts';

const useStyles = makeStyles({
  root: {
    overflowWrap: 'anywhere',
    unicodeBidi: 'plaintext',
    '& > :first-child': { marginTop: 0 },
    '& > :last-child': { marginBottom: 0 },
    '& p, & ul, & ol': { margin: '0 0 8px' },
    '& ul, & ol': { paddingInlineStart: '24px' },
    '& li > p': { margin: 0 },
    '& blockquote': {
      margin: '0 0 8px',
      padding: '2px 12px',
      borderLeft: `3px solid ${tokens.colorNeutralStroke1}`,
      color: tokens.colorNeutralForeground2,
    },
    '& code': {
      fontFamily: tokens.fontFamilyMonospace,
      fontSize: tokens.fontSizeBase200,
      backgroundColor: tokens.colorNeutralBackground3,
      borderRadius: tokens.borderRadiusSmall,
      padding: '1px 4px',
    },
    '& pre': {
      margin: '0 0 8px',
      padding: '8px 10px',
      overflowX: 'auto',
      backgroundColor: tokens.colorNeutralBackground3,
      borderRadius: tokens.borderRadiusMedium,
    },
    '& pre code': { padding: 0, backgroundColor: 'transparent', whiteSpace: 'pre-wrap' },
    '& hr': { border: 'none', borderTop: `1px solid ${tokens.colorNeutralStroke2}`, margin: '8px 0' },
  },
  heading: { fontWeight: tokens.fontWeightSemibold, margin: '4px 0 6px' },
  mention: {
    color: tokens.colorBrandForeground1,
    backgroundColor: tokens.colorBrandBackground2,
    borderRadius: tokens.borderRadiusMedium,
    padding: '0 3px',
    fontWeight: tokens.fontWeightSemibold,
  },
});

/** Text of a comment as it was meant. Everything it says becomes text in elements; hidden characters are shown. */
export function Markdown({ text }: { readonly text: string }) {
  const styles = useStyles();
  const blocks = useMemo(() => parseMarkdown(visibleText(text)), [text]);
  return (
    <div className={styles.root} dir="auto">
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no identity and are drawn anew with the text
        <BlockView key={index} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { readonly block: Block }): ReactNode {
  const styles = useStyles();
  // biome-ignore-start lint/suspicious/noArrayIndexKey: as above
  switch (block.kind) {
    case 'paragraph':
      return (
        <p>
          <Inlines of={block.inner} />
        </p>
      );
    // The page's own outline is not a comment's to change.
    case 'heading':
      return (
        <p className={styles.heading}>
          <Inlines of={block.inner} />
        </p>
      );
    case 'code':
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      );
    case 'rule':
      return <hr />;
    case 'quote':
      return (
        <blockquote>
          {block.blocks.map((each, index) => (
            <BlockView key={index} block={each} />
          ))}
        </blockquote>
      );
    case 'list': {
      const items = block.items.map((item, index) => (
        <li key={index}>
          {item.checked === null ? null : item.checked ? '☑ ' : '☐ '}
          {item.blocks.map((each, at) => (
            <BlockView key={at} block={each} />
          ))}
        </li>
      ));
      return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
    }
  }
  // biome-ignore-end lint/suspicious/noArrayIndexKey: as above
}

function Inlines({ of }: { readonly of: readonly Inline[] }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: as above
  return of.map((each, index) => <InlineView key={index} inline={each} />);
}

function InlineView({ inline }: { readonly inline: Inline }): ReactNode {
  const styles = useStyles();
  switch (inline.kind) {
    case 'text':
      return inline.text;
    case 'code':
      return <code>{inline.text}</code>;
    case 'mention':
      return <span className={styles.mention}>@{inline.name}</span>;
    case 'break':
      return <br />;
    case 'strong':
      return (
        <strong>
          <Inlines of={inline.inner} />
        </strong>
      );
    case 'em':
      return (
        <em>
          <Inlines of={inline.inner} />
        </em>
      );
    case 'strike':
      return (
        <s>
          <Inlines of={inline.inner} />
        </s>
      );
    case 'link':
      return (
        <a href={inline.href} target="_blank" rel="noreferrer noopener" title={inline.href}>
          <Inlines of={inline.inner} />
        </a>
      );
  }
}
