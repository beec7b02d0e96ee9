/** The rules of the server, checked while typing; the server decides. */
export interface PasswordRule {
  readonly label: string;
  readonly met: boolean;
}

export const MIN_PASSWORD = 12;
export const MAX_PASSWORD = 256;

export function passwordRules(password: string, username: string): readonly PasswordRule[] {
  const name = username.trim().toLowerCase();
  return [
    {
      label: `At least ${MIN_PASSWORD} characters`,
      met: [...password].length >= MIN_PASSWORD && password.length <= MAX_PASSWORD,
    },
    { label: 'At least 5 different characters', met: new Set(password).size >= 5 },
    {
      label: 'Does not contain the user name',
      met: password.length > 0 && (name.length <= 2 || !password.toLowerCase().includes(name)),
    },
  ];
}
