const page = document.getElementById('page');
Redoc.init('/api/v1/openapi.json', { nonce: page.dataset.nonce, disableSearch: true, hideDownloadButton: false }, page);
