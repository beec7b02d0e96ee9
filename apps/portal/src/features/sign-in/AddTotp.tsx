import { Button, Field, Input, makeStyles, Spinner, Text, tokens } from '@fluentui/react-components';
import type { TotpOffer } from '@parapet/schema/wire';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api } from '../../api/client.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Failure } from './Failure.tsx';
import { confirmed } from './identity.ts';
import { QrCode } from './QrCode.tsx';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '14px' },
  offer: { display: 'flex', gap: '20px', flexWrap: 'wrap', alignItems: 'flex-start' },
  text: { flex: '1 1 220px', display: 'flex', flexDirection: 'column', gap: '8px', minWidth: 0 },
  secret: {
    fontFamily: tokens.fontFamilyMonospace,
    overflowWrap: 'anywhere',
    fontSize: tokens.fontSizeBase200,
  },
  code: { width: '160px' },
});

/** Scan, type one code, done. @param onAdded with recovery codes when this is the first factor */
export function AddTotp({ onAdded }: { readonly onAdded: (codes: readonly string[] | null) => void }) {
  const styles = useStyles();
  const [offer, setOffer] = useState<TotpOffer>();
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const asked = useRef(false);
  useEffect(() => {
    // Each question makes a new secret: asked once, also where effects run twice.
    if (asked.current) return;
    asked.current = true;
    confirmed(() => api.post<TotpOffer>('/api/profile/totp', {})).then(setOffer, setFailure);
  }, []);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const answer = await api.post<{ readonly recoveryCodes: readonly string[] | null }>(
        '/api/profile/totp/confirmation',
        { code: code.trim() },
      );
      onAdded(answer.recoveryCodes);
    } catch (error) {
      setFailure(error);
      setCode('');
    } finally {
      setBusy(false);
    }
  };
  if (!offer) return failure ? <Failure error={failure} /> : <Spinner label="Making a secret" />;
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <Failure error={failure} />
      <div className={styles.offer}>
        <QrCode cells={offer.qr} label="QR code for the authenticator app" />
        <div className={styles.text}>
          <Text>Scan this with an authenticator app, or enter the secret there by hand:</Text>
          <span className={styles.secret}>{offer.secret.match(/.{1,4}/g)?.join(' ')}</span>
          <div>
            <CopyButton value={offer.secret} what="secret" labelled />
          </div>
          <Field label="Code that the app shows now" required className={styles.code}>
            <Input
              value={code}
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={7}
              autoFocus
              onChange={(_, data) => setCode(data.value)}
            />
          </Field>
          <div>
            <Button type="submit" appearance="primary" disabled={busy || code.trim().length < 6}>
              Use this app
            </Button>
          </div>
        </div>
      </div>
    </form>
  );
}
