DROP TABLE channel_secret;
