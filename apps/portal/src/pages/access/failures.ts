/** Why a sign-in through a provider ended on the sign-in page, in the server's short words. */
const SENTENCES: Readonly<Record<string, string>> = {
  expired: 'The sign-in took too long or was begun in another window. Try again.',
  providerRefused: 'The provider did not sign you in. Try again, or ask who runs it.',
  providerFailed: 'The provider’s answer could not be trusted. An administrator finds the reason in the audit log.',
  providerOff: 'This provider is switched off here.',
  noRole: 'You are known, but nobody has given you a role in Parapet. Ask an administrator for one.',
  noName: 'The provider did not say your user name in a usable form. Ask an administrator to look at its settings.',
  nameTaken: 'Your user name belongs to another account here. Ask an administrator.',
  notInvited: 'There is no account for you yet. Ask an administrator to make one.',
  disabled: 'Your account is disabled. Ask an administrator.',
  factorMissing: 'The provider did not ask you for a second factor, which is needed here.',
  otherPerson: 'Somebody else signed in at the provider than the person who asked for it.',
};

export function providerFailure(code: string): string {
  return SENTENCES[code] ?? 'Signing in did not work. Try again.';
}
