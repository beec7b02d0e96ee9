import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Text,
} from '@fluentui/react-components';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { visibleText } from '../../lib/text.ts';
import { words } from '../../theme/meaning.ts';
import type { Conflict } from './change.ts';

const CODES = ['status', 'severity', 'classification', 'determination'];

function shown(field: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return 'Not set';
  if (Array.isArray(value)) return value.map((each) => visibleText(String(each))).join(', ') || 'None';
  return CODES.includes(field) ? words(String(value)) : visibleText(String(value));
}

/** Two people changed the same thing at once: what the other did, and the choice. */
export function ConflictDialog({ conflict }: { readonly conflict: Conflict }) {
  const by = conflict.by ? visibleText(conflict.by) : 'Somebody';
  return (
    <Dialog open modalType="alert">
      <DialogSurface style={{ maxWidth: 560 }}>
        <DialogBody>
          <DialogTitle>{by} changed this while you did</DialogTitle>
          <DialogContent>
            <Text as="p">Nothing of yours was saved yet. What it is now, and what you chose:</Text>
            <SimpleTable
              label="Both changes"
              rows={conflict.fields}
              rowKey={(row) => row.field}
              columns={[
                { id: 'field', header: 'Field', nowrap: true, render: (row) => words(row.field) },
                { id: 'theirs', header: `${by} set`, render: (row) => shown(row.field, row.theirs) },
                { id: 'mine', header: 'You chose', render: (row) => shown(row.field, row.mine) },
              ]}
            />
          </DialogContent>
          <DialogActions>
            <Button onClick={conflict.dismiss}>Keep theirs</Button>
            <Button appearance="primary" onClick={() => void conflict.apply()}>
              Save mine
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
