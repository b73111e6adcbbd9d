export interface UploadOrder {
  key: string;
  contentType: string;
  /** Exactly so many will be accepted. */
  bytes: number;
  /** False: refused when there is something under this key. */
  overwrite: boolean;
  expiresInSeconds: number;
}

export interface UploadLink {
  /** For one PUT. */
  url: string;
  /** To be sent with it, as they are. */
  headers: Record<string, string>;
  expiresAt: Date;
}

/** Lets others upload without credentials of their own. */
export interface UploadLinks {
  create(order: UploadOrder): Promise<UploadLink>;
}
