import { Button, Tooltip } from '@fluentui/react-components';
import { Checkmark16Regular } from '@fluentui/react-icons/svg/checkmark';
import { Copy16Regular } from '@fluentui/react-icons/svg/copy';
import { useEffect, useState } from 'react';
import { notify } from './Notifier.tsx';

/** Put text on the clipboard, also where the page is not served over HTTPS. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('The browser did not allow copying. Select the text and copy it by hand.');
}

export interface CopyButtonProps {
  readonly value: string;
  /** What it is, for the label and the confirmation: "SHA-256", "query", "link". */
  readonly what: string;
  /** Shows the words beside the icon. */
  readonly labelled?: boolean;
}

/** Copies with one click and says what it copied. */
export function CopyButton({ value, what, labelled }: CopyButtonProps) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  const label = done ? `Copied ${what}` : `Copy ${what}`;
  const copy = async () => {
    try {
      await copyText(value);
      setDone(true);
    } catch (error) {
      notify.failure(`The ${what} was not copied`, error);
    }
  };
  const button = (
    <Button
      appearance={labelled ? 'secondary' : 'subtle'}
      size="small"
      icon={done ? <Checkmark16Regular /> : <Copy16Regular />}
      onClick={(event) => {
        event.stopPropagation();
        void copy();
      }}
    >
      {labelled ? label : undefined}
    </Button>
  );
  return labelled ? (
    button
  ) : (
    <Tooltip content={label} relationship="label">
      {button}
    </Tooltip>
  );
}
