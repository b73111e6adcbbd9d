import { EC2_VERSION } from '../ec2/service.ts';
import { parseXml } from '../http/xml.ts';

export type Answer = Record<string, unknown>;

/** EC2's SDK client is the largest of all: for a few calls it would keep 60 MB and 200 ms of every start. */
export async function ec2Call(
  endpoint: string,
  action: string,
  params: Readonly<Record<string, string>>,
): Promise<Answer> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    body: new URLSearchParams({ Action: action, Version: EC2_VERSION, ...params }),
  });
  const text = await answer.text();
  const content = answer.ok ? parseXml(text, `${action}Response`) : undefined;
  if (content === undefined) throw new Error(`${action} ${JSON.stringify(params)}: ${text}`);
  return content;
}

/** Makes something; `member` of the answer is what was made. */
export async function ec2Create(
  endpoint: string,
  action: string,
  member: string,
  params: Readonly<Record<string, string>>,
): Promise<Answer> {
  return (await ec2Call(endpoint, action, params))[member] as Answer;
}

/** What is in a set of an answer; an empty one is empty text. */
export function allOf(set: unknown): Answer[] {
  const { item } = (set === '' || set === undefined ? {} : set) as { item?: Answer | Answer[] };
  return [item ?? []].flat();
}

export const firstOf = (set: unknown): Answer | undefined => allOf(set)[0];

/** What narrows a Describe call down to those with all of these. */
export function filters(wanted: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, value], i) => [
      [`Filter.${i + 1}.Name`, name],
      [`Filter.${i + 1}.Value.1`, value],
    ]),
  );
}

/** The tag `Name` for something new. */
export const named = (resourceType: string, name: string): Record<string, string> => ({
  'TagSpecification.1.ResourceType': resourceType,
  'TagSpecification.1.Tag.1.Key': 'Name',
  'TagSpecification.1.Tag.1.Value': name,
});
