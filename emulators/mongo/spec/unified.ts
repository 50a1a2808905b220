import { match } from './match.ts';
import { attempt, type Json, listOf, meets, type Report, type SpecFile } from './report.ts';
import { World } from './world.ts';

/** Runs a file of the unified test format: operations, their results and errors, and the data that is left. */
export async function runUnified(
  spec: SpecFile,
  uri: string,
  version: string,
  report: Report,
): Promise<void> {
  for (const test of spec.tests ?? []) {
    const fits =
      !test.skipReason &&
      meets(spec['runOnRequirements'], version) &&
      meets(test['runOnRequirements'], version);
    if (!fits) {
      report(test.description, 'skip', 'asks for another version or topology');
      continue;
    }
    const world = await World.start(uri);
    await attempt(report, test.description, async () => {
      for (const data of listOf<Json>(spec['initialData'])) await fill(world, data);
      await world.create(spec['createEntities']);
      for (const operation of test.operations ?? []) await world.step(operation);
      for (const data of listOf<Json>(test['outcome'])) {
        const found = await collectionOf(world, data).find().sort({ _id: 1 }).toArray();
        match(data['documents'], found, world.entities, false, 'outcome');
      }
    });
    await world.end();
  }
}

const collectionOf = ({ client }: World, data: Json) =>
  client.db(String(data['databaseName'])).collection(String(data['collectionName']));

async function fill(world: World, data: Json): Promise<void> {
  const collection = collectionOf(world, data);
  await collection.drop();
  await world.client.db(collection.dbName).createCollection(collection.collectionName);
  const documents = listOf<Json>(data['documents']).map((document) => ({ ...document }));
  if (documents.length > 0) await collection.insertMany(documents);
}
