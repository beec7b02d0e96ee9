/** Signing in: second factors, passkeys, providers, sessions and the policy over them. */

/** How somebody proved who they are, beyond the password. */
export type FactorKind = 'totp' | 'passkey' | 'recoveryCode';

/** A sign-in whose password was right and whose second factor is still missing. */
export interface PendingFactor {
  /** Sent back with the factor; good for five minutes and five attempts. */
  readonly ticket: string;
  /** What this person has. */
  readonly methods: readonly FactorKind[];
}

/** Why a session may do nothing yet but put itself right. */
export type SessionStage = 'complete' | 'enrolFactor' | 'changePassword';

/** GET /api/sign-in — what the sign-in page offers. Public. */
export interface SignInOptions {
  /** False when people come through a provider; the form for break-glass accounts stays behind a link. */
  readonly localSignIn: boolean;
  /** Passkeys need a host name: browsers allow none for an address of digits. */
  readonly passkeys: boolean;
  readonly providers: readonly { readonly id: string; readonly name: string }[];
}

/** GET /api/profile/security */
export interface SecurityProfile {
  /** False for people of a provider: they have no password here. */
  readonly hasPassword: boolean;
  readonly provider: { readonly id: string; readonly name: string } | null;
  readonly breakGlass: boolean;
  readonly secondFactorRequired: boolean;
  readonly totp: { readonly since: string } | null;
  readonly passkeys: readonly Passkey[];
  readonly passkeysPossible: boolean;
  readonly recoveryCodesLeft: number;
  /** Until when sensitive changes need no new proof; null when one is needed first. */
  readonly confirmedUntil: string | null;
}

export interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  /** Kept by its maker in several devices. */
  readonly synced: boolean;
}

/** POST /api/profile/totp — shown once, until confirmed with a code. */
export interface TotpOffer {
  /** Base32. */
  readonly secret: string;
  readonly uri: string;
  /** The QR code of the address, as rows of dark (1) and light (0) cells. */
  readonly qr: readonly string[];
}

/** GET /api/profile/sessions, GET /api/users/:id/sessions */
export interface UserSession {
  readonly id: string;
  readonly current: boolean;
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly remoteAddress: string;
  readonly userAgent: string;
  /** `password`, `password+totp`, `password+passkey`, `password+recoveryCode`, `passkey`, `oidc:<provider>`, `setup`. */
  readonly method: string;
}

/** How strongly one person must prove who they are. */
export const FACTOR_RULES = ['policy', 'required', 'optional'] as const;
export type FactorRule = (typeof FACTOR_RULES)[number];

/** GET/PUT /api/sign-in/policy */
export interface SignInPolicy {
  /** Who may sign in with a password or passkey of Parapet's own. */
  readonly localSignIn: 'everyone' | 'breakGlassOnly';
  /** Local accounts need a second factor (or a passkey). */
  readonly secondFactor: 'optional' | 'required';
  /** Hours without a request after which a session ends; 1 to 72. */
  readonly idleHours: number;
  /** Hours after which a session ends however much it is used; 1 to 720. */
  readonly maxHours: number;
  /** Minutes for which a proof is good enough for sensitive changes; 1 to 120. */
  readonly confirmMinutes: number;
  readonly version: number;
}

/** One line of a provider's mapping: who carries the value in the claim gets the role. */
export interface ClaimMapping {
  /** Name of the claim; points lead into objects: `realm_access.roles`. */
  readonly claim: string;
  /** Compared exactly with each element of the claim. */
  readonly value: string;
  /** Id of a role. */
  readonly role: string;
}

/** What an administrator says about an OpenID Connect provider. */
export interface ProviderInput {
  readonly name: string;
  readonly enabled: boolean;
  /** `https://login.example.org/realms/soc`: its `/.well-known/openid-configuration` is read. */
  readonly issuer: string;
  readonly clientId: string;
  /** Left out: the stored one stays; empty: none (a public client with PKCE alone). */
  readonly clientSecret?: string;
  readonly scopes: string;
  readonly usernameClaim: string;
  readonly displayNameClaim: string;
  /** Claim whose values become the person's groups, to which roles can be assigned; empty: none. */
  readonly groupsClaim: string;
  readonly mappings: readonly ClaimMapping[];
  /** Role of people whom no line of the mapping names; null refuses them. */
  readonly defaultRole: string | null;
  /** Make an account at the first sign-in. Otherwise an administrator makes it first. */
  readonly createUsers: boolean;
  /** Let people of this provider take over local accounts of the same user name: only where it alone hands out names. */
  readonly adoptLocal: boolean;
  /** `acr` or `amr` value that shows a second factor at the provider; empty: its sign-in is taken as it is. */
  readonly requiredAmr: string;
}

/** GET /api/sign-in/providers */
export interface Provider extends Omit<ProviderInput, 'clientSecret'> {
  readonly id: string;
  readonly hasSecret: boolean;
  readonly version: number;
  /** Enter these at the provider. */
  readonly redirectUri: string;
  readonly backChannelLogoutUri: string;
  readonly postLogoutRedirectUri: string;
}

/** POST /api/sign-in/providers/:id/test — what its discovery document says. */
export interface ProviderCheck {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly endSessionEndpoint: string | null;
  readonly backChannelLogout: boolean;
  readonly signingAlgorithms: readonly string[];
}
