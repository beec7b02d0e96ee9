import { Button, Checkbox, Field, Input, makeStyles, Select, Text, Textarea, tokens } from '@fluentui/react-components';
import { Add16Regular } from '@fluentui/react-icons/svg/add';
import { Delete16Regular } from '@fluentui/react-icons/svg/delete';
import { Edit16Regular } from '@fluentui/react-icons/svg/edit';
import type { IncidentDetail, IncidentTask, TaskChanges } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.ts';
import { useAssignees } from '../../../api/users.ts';
import { FormDialog } from '../../../components/FormDialog.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { Markdown } from '../../../components/Markdown.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { fromField, toField } from '../../../features/triage/range.ts';
import { visibleText } from '../../../lib/text.ts';
import { zoneName } from '../../../lib/time.ts';
import { useNow } from '../../../lib/useNow.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { useAppearance } from '../../../theme/Appearance.tsx';
import { useIncidentTasks } from '../useIncident.ts';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '12px', maxWidth: '980px', alignItems: 'stretch' },
  list: { listStyle: 'none', margin: 0, padding: 0 },
  task: {
    display: 'flex',
    alignItems: 'flex-start',
    gap: '8px',
    padding: '6px 0',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  main: { flexGrow: 1, minWidth: 0, paddingTop: '6px', overflowWrap: 'anywhere' },
  title: { fontWeight: tokens.fontWeightSemibold, unicodeBidi: 'isolate' },
  done: { textDecoration: 'line-through', color: tokens.colorNeutralForeground3, fontWeight: tokens.fontWeightRegular },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  late: { color: tokens.colorPaletteRedForeground1, fontSize: tokens.fontSizeBase200 },
});

/** What is left to do, who does it and until when. */
export function TasksTab({ incident, editable }: { readonly incident: IncidentDetail; readonly editable: boolean }) {
  const styles = useStyles();
  const client = useQueryClient();
  const tasks = useIncidentTasks(incident.id, incident.lastUpdate);
  const [editing, setEditing] = useState<IncidentTask | 'new'>();
  const now = useNow();
  const path = `/api/incidents/${encodeURIComponent(incident.id)}/tasks`;
  const at = (task: IncidentTask) => `${path}/${encodeURIComponent(task.id)}`;
  const refresh = () => client.invalidateQueries({ queryKey: ['/api/incidents'] });
  const act = async (work: () => Promise<unknown>, failed: string) => {
    try {
      await work();
      await refresh();
    } catch (error) {
      notify.failure(failed, error);
    }
  };
  const remove = (task: IncidentTask) =>
    void act(async () => {
      await api.delete(at(task));
      const { title, text, owner, dueAt } = task;
      notify.undoable(
        'Task removed',
        () => void act(() => api.post(path, { title, text, owner, dueAt }), 'It could not be undone'),
      );
    }, 'The task was not removed');
  return (
    <div className={styles.root}>
      {editable ? (
        <div>
          <Button size="small" appearance="primary" icon={<Add16Regular />} onClick={() => setEditing('new')}>
            Add task
          </Button>
        </div>
      ) : null}
      <Loaded query={tasks} what="The tasks">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              small
              title="No tasks"
              reason="Write down what is left to do, so that a colleague can take over. Open tasks are asked about before the incident is resolved."
            />
          ) : (
            <ul className={styles.list} aria-label="Tasks">
              {items.map((task) => {
                const late = task.state === 'open' && task.dueAt !== null && Date.parse(task.dueAt) < now;
                return (
                  <li key={task.id} className={styles.task}>
                    <Checkbox
                      checked={task.state === 'done'}
                      disabled={!editable}
                      aria-label={`Done: ${visibleText(task.title)}`}
                      onChange={(_, data) =>
                        void act(
                          () => api.patch(at(task), { state: data.checked ? 'done' : 'open' }),
                          'The task was not changed',
                        )
                      }
                    />
                    <div className={styles.main}>
                      <span className={task.state === 'done' ? styles.done : styles.title}>
                        {visibleText(task.title)}
                      </span>
                      {task.text ? <Markdown text={task.text} /> : null}
                      <div>
                        <span className={styles.soft}>{task.owner ? visibleText(task.owner) : 'Nobody yet'}</span>
                        {task.dueAt ? (
                          <span className={late ? styles.late : styles.soft}>
                            {' '}
                            · {late ? 'overdue since' : 'due'} <TimeText value={task.dueAt} />
                          </span>
                        ) : null}
                        {task.doneAt ? (
                          <span className={styles.soft}>
                            {' '}
                            · done by {visibleText(task.doneBy ?? '')} <TimeText value={task.doneAt} />
                          </span>
                        ) : null}
                      </div>
                    </div>
                    {editable ? (
                      <>
                        <Button
                          size="small"
                          appearance="subtle"
                          icon={<Edit16Regular />}
                          aria-label={`Edit ${visibleText(task.title)}`}
                          onClick={() => setEditing(task)}
                        />
                        <Button
                          size="small"
                          appearance="subtle"
                          icon={<Delete16Regular />}
                          aria-label={`Remove ${visibleText(task.title)}`}
                          onClick={() => remove(task)}
                        />
                      </>
                    ) : null}
                  </li>
                );
              })}
            </ul>
          )
        }
      </Loaded>
      {editable ? null : <Text size={200}>Changing tasks needs the permission Alerts.Manage.</Text>}
      {editing ? (
        <TaskDialog
          task={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
          onSave={async (changes) => {
            await (editing === 'new' ? api.post(path, changes) : api.patch(at(editing), changes));
            await refresh();
          }}
        />
      ) : null}
    </div>
  );
}

function TaskDialog({
  task,
  onClose,
  onSave,
}: {
  readonly task: IncidentTask | undefined;
  readonly onClose: () => void;
  readonly onSave: (changes: TaskChanges) => Promise<void>;
}) {
  const { zone } = useAppearance();
  const users = useAssignees();
  const [title, setTitle] = useState(task?.title ?? '');
  const [text, setText] = useState(task?.text ?? '');
  const [owner, setOwner] = useState(task?.owner ?? '');
  const [due, setDue] = useState(toField(task?.dueAt ?? '', zone));
  return (
    <FormDialog
      title={task ? 'Edit task' : 'Add task'}
      action={task ? 'Save task' : 'Add task'}
      disabled={!title.trim()}
      onClose={onClose}
      onSubmit={() => onSave({ title: title.trim(), text, owner: owner || null, dueAt: fromField(due, zone) || null })}
    >
      <Field label="What is to be done" required>
        <Input autoFocus value={title} dir="auto" maxLength={300} onChange={(_, data) => setTitle(data.value)} />
      </Field>
      <Field label="Details" hint="Markdown.">
        <Textarea value={text} rows={3} dir="auto" maxLength={30_000} onChange={(_, data) => setText(data.value)} />
      </Field>
      <Field label="Who">
        <Select value={owner} onChange={(_, data) => setOwner(data.value)}>
          <option value="">Nobody yet</option>
          {[...new Set([...users.map(({ username }) => username), ...(task?.owner ? [task.owner] : [])])].map(
            (name) => (
              <option key={name} value={name}>
                {visibleText(users.find(({ username }) => username === name)?.displayName ?? name)}
              </option>
            ),
          )}
        </Select>
      </Field>
      <Field label={`Until (${zoneName(zone)})`}>
        <Input type="datetime-local" value={due} onChange={(_, data) => setDue(data.value)} />
      </Field>
    </FormDialog>
  );
}
