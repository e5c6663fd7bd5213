import { storefront } from '../services/app.js';

storefront().synth();
