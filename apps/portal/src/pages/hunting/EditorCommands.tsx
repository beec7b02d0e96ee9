import {
  Button,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Toolbar,
  ToolbarDivider,
  Tooltip,
  tokens,
} from '@fluentui/react-components';
import { ClipboardCodeRegular } from '@fluentui/react-icons/svg/clipboard-code';
import { CommentRegular } from '@fluentui/react-icons/svg/comment';
import { Play16Filled } from '@fluentui/react-icons/svg/play';
import { Save16Regular } from '@fluentui/react-icons/svg/save';
import { ShareRegular } from '@fluentui/react-icons/svg/share';
import { Stop16Filled } from '@fluentui/react-icons/svg/stop';
import { TextAlignLeftRegular } from '@fluentui/react-icons/svg/text-align-left';
import type { Draft } from './drafts.ts';
import { TimePicker } from './TimePicker.tsx';
import type { HuntRange } from './time-range.ts';

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '4px',
    padding: '4px 8px',
    minHeight: '36px',
    flexShrink: 0,
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    containerType: 'inline-size',
  },
  // Where there is little room the icon says it; the button keeps its name.
  compact: { '@container (max-width: 620px)': { minWidth: '32px' } },
  label: { '@container (max-width: 620px)': { display: 'none' } },
});

export interface EditorCommandsProps {
  readonly draft: Draft;
  readonly running: boolean;
  readonly setInQuery: boolean;
  readonly onRun: () => void;
  readonly onCancel: () => void;
  readonly onRange: (range: HuntRange) => void;
  readonly onSave: () => void;
  readonly onSaveAs: () => void;
  readonly onSaveFunction: () => void;
  /** Absent for people who may not make rules. */
  readonly onRule?: (() => void) | undefined;
  readonly onShare: () => void;
  readonly onFormat: () => void;
  readonly onComment: () => void;
}

/** What can be done with the query at hand. */
export function EditorCommands(props: EditorCommandsProps) {
  const styles = useStyles();
  return (
    <Toolbar size="small" className={styles.bar} aria-label="Query commands">
      {props.running ? (
        <Button size="small" appearance="primary" icon={<Stop16Filled />} onClick={props.onCancel}>
          Cancel run
        </Button>
      ) : (
        <Tooltip content="Runs the selection, or the query at the cursor (Shift+Enter)" relationship="description">
          <Button size="small" appearance="primary" icon={<Play16Filled />} onClick={props.onRun}>
            Run query
          </Button>
        </Tooltip>
      )}
      <TimePicker value={props.draft.range} onChange={props.onRange} setInQuery={props.setInQuery} />
      <ToolbarDivider />
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button
            size="small"
            appearance="subtle"
            className={styles.compact}
            icon={<Save16Regular />}
            aria-label="Save"
          >
            <span className={styles.label}>Save</span>
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItem secondaryContent="Ctrl+S" onClick={props.onSave}>
              Save
            </MenuItem>
            <MenuItem onClick={props.onSaveAs}>Save as a new query…</MenuItem>
            <MenuItem onClick={props.onSaveFunction}>Save as a function…</MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
      <Tooltip content="Copies an address that opens this query" relationship="description">
        <Button
          size="small"
          appearance="subtle"
          className={styles.compact}
          icon={<ShareRegular />}
          aria-label="Share link"
          onClick={props.onShare}
        >
          <span className={styles.label}>Share link</span>
        </Button>
      </Tooltip>
      {props.onRule ? (
        <Tooltip content="Makes a detection rule of this query" relationship="description">
          <Button
            size="small"
            appearance="subtle"
            className={styles.compact}
            icon={<ClipboardCodeRegular />}
            aria-label="Create detection rule"
            onClick={props.onRule}
          >
            <span className={styles.label}>Create detection rule</span>
          </Button>
        </Tooltip>
      ) : null}
      <Tooltip content="Format the query (Shift+Alt+F)" relationship="label">
        <Button size="small" appearance="subtle" icon={<TextAlignLeftRegular />} onClick={props.onFormat} />
      </Tooltip>
      <Tooltip content="Comment or uncomment lines (Ctrl+/)" relationship="label">
        <Button size="small" appearance="subtle" icon={<CommentRegular />} onClick={props.onComment} />
      </Tooltip>
    </Toolbar>
  );
}
