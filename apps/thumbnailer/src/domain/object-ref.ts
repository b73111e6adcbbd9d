/** Names an object in the uploads bucket. */
export interface ObjectRef {
  bucket: string;
  key: string;
}
