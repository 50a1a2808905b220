import { writeFileSync } from 'node:fs';
import { errorsPage } from '../src/http/errors-page.ts';

writeFileSync(new URL('errors.md', import.meta.url), errorsPage());
