import {installSuite} from '../../support/install-suite.ts';

const test = installSuite('bookworm', {thorough: true});
test.run();
