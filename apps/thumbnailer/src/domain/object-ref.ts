/** Names an upload. */
export interface ObjectRef {
  bucket: string;
  key: string;
}
