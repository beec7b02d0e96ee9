/** GET /api/apps, GET /api/apps/:id */
export interface AppRegistration {
  /** The client id. */
  readonly id: string;
  readonly objectId: string;
  readonly name: string;
  readonly description: string;
  /** Programs that cannot keep a secret: command lines, desktop and browser programs. They must use PKCE or a device code. */
  readonly publicClient: boolean;
  readonly enabled: boolean;
  /**
   * What its own permissions reach: all data, or only what roles assigned to it reach (data sources and scopes).
   */
  readonly dataAccess: 'all' | 'assigned';
  readonly redirectUris: readonly string[];
  /** Permissions that the application has by itself. */
  readonly applicationPermissions: readonly string[];
  /** Permissions that a person may lend it. */
  readonly delegatedPermissions: readonly string[];
  readonly credentials: readonly AppCredential[];
  readonly createdAt: string;
  readonly createdBy: string;
  readonly lastUsedAt: string | null;
}

export interface AppCredential {
  readonly id: string;
  readonly kind: 'secret' | 'certificate';
  readonly name: string;
  /** First characters of a secret, thumbprint of a certificate. */
  readonly hint: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
  readonly lastUsedAt: string | null;
}

/** Body of POST /api/apps; of PATCH /api/apps/:id any part of it. */
export interface AppInput {
  readonly name: string;
  readonly description?: string;
  readonly publicClient?: boolean;
  readonly enabled?: boolean;
  readonly dataAccess?: 'all' | 'assigned';
  readonly redirectUris?: readonly string[];
  readonly applicationPermissions?: readonly string[];
  readonly delegatedPermissions?: readonly string[];
}

/** GET /api/apps/permissions: what an application may be given. */
export interface ApiPermissionInfo {
  readonly name: string;
  readonly about: string;
  /** False when the caller may not give it. */
  readonly grantable: boolean;
}

/** POST /api/apps/:id/secrets */
export interface CreatedAppSecret {
  readonly credential: AppCredential;
  /** Shown once. */
  readonly secret: string;
}

/** POST /api/oauth/consent/check and GET /api/oauth/device/:code: what a person is asked to allow. */
export interface ConsentRequest {
  readonly appId: string;
  readonly appName: string;
  readonly appDescription: string;
  readonly scopes: readonly { readonly name: string; readonly about: string; readonly held: boolean }[];
  /** Where the person is sent afterwards; empty for a device. */
  readonly redirectUri: string;
  /** Asks to stay connected while the person is away. */
  readonly offline: boolean;
}
