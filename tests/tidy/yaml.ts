// Reads YAML for the house rules, with the parser that formats it.

import { parsers } from 'prettier/plugins/yaml';

export type Yaml = string | null | Yaml[] | { [key: string]: Yaml };

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly (Node | null)[];
}

const only = (node: Node | null | undefined): Node | null => node?.children?.[0] ?? null;

function isA(node: Node, ...types: readonly string[]): boolean {
  return types.includes(node.type);
}

/** The values of scalars are texts, whatever they look like. */
function read(node: Node | null): Yaml {
  if (node === null) return null;
  const children = (node.children ?? []).filter((child) => child !== null);
  if (isA(node, 'mapping', 'flowMapping'))
    return Object.fromEntries(
      children.map(({ children: [key, value] = [] }) => [String(read(only(key))), read(only(value))]),
    );
  if (isA(node, 'sequence', 'flowSequence'))
    return children.map((item) => read(isA(item, 'sequenceItem', 'flowSequenceItem') ? only(item) : item));
  if (node.value === undefined) throw new Error(`a YAML node of an unknown type: ${node.type}`);
  return node.value;
}

/** Returns what the only document of a text holds. Rejects a text that is no YAML. */
export async function parseYaml(text: string): Promise<Yaml> {
  const root = (await parsers.yaml.parse(text, {} as never)) as Node;
  const body = only(root)?.children?.find((part) => part?.type === 'documentBody');
  return read(only(body));
}
