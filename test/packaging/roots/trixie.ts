import {installSuite} from '../../support/install-suite.ts';

const test = installSuite('trixie', {thorough: false});
test.run();
