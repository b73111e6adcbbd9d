/** Of neither is the checksum of an upload its object's, and types of checksums are not told apart. */
const both: Readonly<Record<string, string>> = {
  'a full-object CRC32 is that of all bytes, whatever the parts are': 'the completion tells none',
  'a full-object CRC64NVME is kept, and needs no type': 'kept without its type, or not at all',
  'a copy of an object with a composite checksum has one of all bytes': 'it has none',
  'an upload says which checksum it has, and what its parts have': 'the list of parts has none',
  'a checksum of a type that it cannot be of is refused': 'accepted',
  'a part with another checksum than its upload is refused': 'accepted',
  'completion with another type of checksum is refused': 'accepted',
  'completion without the checksums of the parts is refused when they make up the whole': 'accepted',
};

export const motoMultipart: Readonly<Record<string, string>> = {
  ...both,
  'a composite SHA256 is that of the checksums of the parts': 'the object has none',
  'a part that does not have the announced CRC32 is refused, and not listed':
    'checksums sent as headers are ignored',
  'completion with another full-object checksum is refused, and may be tried again': 'accepted',
  'completion with a part of another checksum is refused': 'accepted',
  'completion with another size of the whole is refused': 'accepted',
  'uploads are listed page by page, and none twice': 'MaxUploads is ignored',
};

export const ministackMultipart: Readonly<Record<string, string>> = {
  ...both,
  'completion with another full-object checksum is refused, and may be tried again':
    'the right one is refused too',
  'an upload in the list says which checksum it has': 'the list has none',
};
