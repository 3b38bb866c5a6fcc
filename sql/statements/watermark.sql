-- How far a feed has been pulled.
SELECT watermark
FROM wardcast.watermark
WHERE source = $1 AND feed = $2
