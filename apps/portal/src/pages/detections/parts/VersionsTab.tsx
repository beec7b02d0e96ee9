import {
  Button,
  Dropdown,
  Field,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Option,
  Text,
} from '@fluentui/react-components';
import type { DetectionInfo, DetectionVersion } from '@parapet/schema/wire';
import { useState } from 'react';
import { useCan } from '../../../api/session.ts';
import { ConfirmDialog } from '../../../components/ConfirmDialog.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { visibleText } from '../../../lib/text.ts';
import { useRuleChanges, useText, useVersions } from '../data.ts';
import { Diff } from './Diff.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '14px' },
  pick: { display: 'flex', gap: '12px', flexWrap: 'wrap', alignItems: 'flex-end' },
});

/** Every version of a rule, what changed between any two of them, and the way back. */
export function VersionsTab({ rule }: { readonly rule: DetectionInfo }) {
  const versions = useVersions(rule.id);
  return (
    <Loaded query={versions} what="The versions">
      {(items) => <Versions rule={rule} items={items} />}
    </Loaded>
  );
}

function Versions({ rule, items }: { readonly rule: DetectionInfo; readonly items: readonly DetectionVersion[] }) {
  const styles = useStyles();
  const canTune = useCan('DetTune.Manage');
  const { revert, takeOver } = useRuleChanges();
  const text = useText(rule.id);
  const [chosen, setChosen] = useState<{ readonly before?: string; readonly after?: string }>({});
  const [back, setBack] = useState<DetectionVersion>();
  const newest = String(items[0]?.version ?? 1);
  const after = chosen.after ?? newest;
  const before = chosen.before ?? String(items[1]?.version ?? newest);
  const textOf = (version: string) => items.find((each) => String(each.version) === version)?.text ?? '';
  const update = rule.template && rule.template.version < rule.template.latest ? rule.template : undefined;
  const pick = (label: string, value: string, key: 'before' | 'after') => (
    <Field label={label}>
      <Dropdown
        value={`Version ${value}`}
        selectedOptions={[value]}
        onOptionSelect={(_, data) => setChosen({ ...chosen, [key]: data.optionValue ?? value })}
      >
        {items.map((each) => (
          <Option key={each.version} value={String(each.version)} text={`Version ${each.version}`}>
            {`Version ${each.version} · ${visibleText(each.author)}`}
          </Option>
        ))}
      </Dropdown>
    </Field>
  );
  return (
    <div className={styles.stack}>
      {update && text.data?.templateText ? (
        <>
          <MessageBar intent="info" layout="multiline">
            <MessageBarBody>
              <MessageBarTitle>An update of the delivered rule is available</MessageBarTitle>
              This rule was made from version {update.version}; the product now has version {update.latest}. Taking it
              over keeps the name, scope, exclusions and switches of this rule and is a version of its own.
            </MessageBarBody>
            {canTune ? (
              <MessageBarActions>
                <Button
                  size="small"
                  onClick={() =>
                    void takeOver(rule.id).then(
                      () => notify.success('The delivered rule was taken over'),
                      (error: unknown) => notify.failure('It was not taken over', error),
                    )
                  }
                >
                  Take over
                </Button>
              </MessageBarActions>
            ) : null}
          </MessageBar>
          <Diff before={text.data.text} after={text.data.templateText} label="This rule against the delivered one" />
        </>
      ) : null}
      <SimpleTable<DetectionVersion>
        label="Versions"
        rows={items}
        rowKey={(each) => String(each.version)}
        columns={[
          { id: 'version', header: 'Version', width: '90px', render: (each) => each.version },
          { id: 'at', header: 'Time', nowrap: true, render: (each) => <TimeText value={each.at} /> },
          { id: 'author', header: 'By', render: (each) => visibleText(each.author) },
          { id: 'comment', header: 'What was said', render: (each) => visibleText(each.comment) },
          {
            id: 'act',
            header: '',
            nowrap: true,
            render: (each) =>
              canTune && rule.origin === 'own' && String(each.version) !== newest ? (
                <Button size="small" appearance="subtle" onClick={() => setBack(each)}>
                  Go back to this
                </Button>
              ) : null,
          },
        ]}
      />
      {items.length > 1 ? (
        <>
          <div className={styles.pick}>
            {pick('From', before, 'before')}
            {pick('To', after, 'after')}
          </div>
          <Diff before={textOf(before)} after={textOf(after)} label={`Version ${before} against version ${after}`} />
        </>
      ) : (
        <Text size={200}>There is one version so far; a second one is shown against it here.</Text>
      )}
      {back ? (
        <ConfirmDialog
          open
          onClose={() => setBack(undefined)}
          title={`Go back to version ${back.version}?`}
          action="Go back"
          failure="The rule was not changed"
          onConfirm={() => revert(rule.id, back.version)}
        >
          Its text becomes the newest version and runs from the next rows on. The versions in between stay.
        </ConfirmDialog>
      ) : null}
    </div>
  );
}
