import {
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser';
import { api } from '../../api/client.ts';

/** Ask the browser for a passkey. @param path where the server makes the challenge */
export async function askPasskey(path: string, body: object = {}): Promise<object> {
  const optionsJSON = await api.post<PublicKeyCredentialRequestOptionsJSON>(path, body);
  return startAuthentication({ optionsJSON });
}

/** Make a passkey for the signed-in person. @returns recovery codes when it is their first factor */
export async function createPasskey(name: string): Promise<readonly string[] | null> {
  const optionsJSON = await api.post<PublicKeyCredentialCreationOptionsJSON>('/api/profile/passkeys/offer', {});
  const response = await startRegistration({ optionsJSON });
  const answer = await api.post<{ readonly recoveryCodes: readonly string[] | null }>('/api/profile/passkeys', {
    name,
    response,
  });
  return answer.recoveryCodes;
}

/** True when somebody closed the browser's window for passkeys: nothing to report. */
export function wasCancelled(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NotAllowedError' || error.name === 'AbortError');
}
