/** Chia's public certificate authority, under which every node's certificate must stand. */

/** Who signs the certificates of a network's nodes. PEM texts. */
export interface Authority {
  readonly certPem: string;
  /** With it certificates are made (PKCS #8). */
  readonly keyPem: string;
}

/** SHA-256 of the certificate below. */
export const CHIA_AUTHORITY_FINGERPRINT = "0C:3C:02:42:7F:37:8A:44:D6:A0:12:36:8C:53:CB:83:0B:DA:2F:82:0E:93:78:2F:F5:4A:DF:54:EB:68:34:CE";

/**
 * Chia-Network/chia-blockchain chia/ssl/chia_ca.crt of 2.7.3. Its key is published beside it (chia_ca.key), so that anybody can make a node: a certificate
 * shows that a peer takes part, not who it is. It is renewed with the same key and name, so leaves signed before verify too.
 */
export const CHIA_AUTHORITY: Authority = {
  certPem: `\
-----BEGIN CERTIFICATE-----
MIIDyzCCArOgAwIBAgIUXIpxI5MoZQ65/vhc7DK/d5ymoMUwDQYJKoZIhvcNAQEL
BQAwRDENMAsGA1UECgwEQ2hpYTEQMA4GA1UEAwwHQ2hpYSBDQTEhMB8GA1UECwwY
T3JnYW5pYyBGYXJtaW5nIERpdmlzaW9uMB4XDTI1MTExOTIxMDg1MFoXDTM3MTIz
MTIxMDg1MFowRDENMAsGA1UECgwEQ2hpYTEQMA4GA1UEAwwHQ2hpYSBDQTEhMB8G
A1UECwwYT3JnYW5pYyBGYXJtaW5nIERpdmlzaW9uMIIBIjANBgkqhkiG9w0BAQEF
AAOCAQ8AMIIBCgKCAQEAzz/L219Zjb5CIKnUkpd2julGC+j3E97KUiuOalCH9wdq
gpJi9nBqLccwPCSFXFew6CNBIBM+CW2jT3UVwgzjdXJ7pgtu8gWj0NQ6NqSLiXV2
WbpZovfrVh3x7Z4bjPgI3ouWjyehUfmK1GPIld4BfUSQtPlUJ53+XT32GRizUy+b
0CcJ84jp1XvyZAMajYnclFRNNJSw9WXtTlMUu+Z1M4K7c4ZPwEqgEnCgRc0TCaXj
180vo7mCHJQoDiNSCRATwfH+kWxOOK/nePkq2t4mPSFaX8xAS4yILISIOWYn7sNg
dy9D6gGNFo2SZ0FR3x9hjUjYEV3cPqg3BmNE3DDynQIDAQABo4G0MIGxMA8GA1Ud
EwEB/wQFMAMBAf8wHQYDVR0OBBYEFD4KTvuce45Yfu6qWASlekSwUBZaMH8GA1Ud
IwR4MHaAFD4KTvuce45Yfu6qWASlekSwUBZaoUikRjBEMQ0wCwYDVQQKDARDaGlh
MRAwDgYDVQQDDAdDaGlhIENBMSEwHwYDVQQLDBhPcmdhbmljIEZhcm1pbmcgRGl2
aXNpb26CFFyKcSOTKGUOuf74XOwyv3ecpqDFMA0GCSqGSIb3DQEBCwUAA4IBAQAI
vF2RAVyN5H5BU/OK6icEw8SGGfoaqpSMCQRuSwz9qg3QLDQj8yd5FYs9VECuigdw
i+mVnycT3vAObx+KfsPFlyUpw3RJ0+F53aDy+tW6ykTU94GQeLF5LN528NYLo2vt
YZ/4cGW+wjf+a+qBYjd3bW6HI9QGdJ1/BQhfwxexy4T+x4cleB++/vUFj6ZM1WhM
XRRTC3QzFBOCmTY4y21Mxvh5dOwY9HxK2qvwiO45zRWQ8Z0V95y4rytRqiDbNvFG
Jbs9Iwm8nj6c0Gm6rLkFNZ6OaYhX/5KhX35xE7YYIdorKwi+EKqhDD1jAwDA3q6T
Z4wumksKcqmUZXw9+pYX
-----END CERTIFICATE-----
`,
  keyPem: `\
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDPP8vbX1mNvkIg
qdSSl3aO6UYL6PcT3spSK45qUIf3B2qCkmL2cGotxzA8JIVcV7DoI0EgEz4JbaNP
dRXCDON1cnumC27yBaPQ1Do2pIuJdXZZulmi9+tWHfHtnhuM+Ajei5aPJ6FR+YrU
Y8iV3gF9RJC0+VQnnf5dPfYZGLNTL5vQJwnziOnVe/JkAxqNidyUVE00lLD1Ze1O
UxS75nUzgrtzhk/ASqAScKBFzRMJpePXzS+juYIclCgOI1IJEBPB8f6RbE44r+d4
+Sra3iY9IVpfzEBLjIgshIg5Zifuw2B3L0PqAY0WjZJnQVHfH2GNSNgRXdw+qDcG
Y0TcMPKdAgMBAAECggEAa6lLgEl3HyAQACHZUNGoADOEdNlvyP26gpcn42i0SQqs
NOpQyI67Sc6o6wVZ1g+j0ePGiCAW4RT4emVriSPi4Xc4bpiP6OAvKmOlXg96gUzo
z1H0EKnTsifaLsMssr2C9gDzlKhUsF3+1biEUf5DLcz5k1nWcsIrikqO1pizR2mL
nMuhW+kRwR6bY75pGlQ8JmqQ3BTS6YBMJ+BkZ8XOBcj9c8mvxTL4tVk4Wnc9dcd+
dlkP1PkCM79WIF6pswW5ZDwGlU6pqk08qPzENjei/De6IBg8Lt4uJve79agV6Uxz
Y4xfRCWMunlj4VJwUcAzGhyjcBB1ZJi9JDBvnFmaDQKBgQDrMoBJ+vDcS0+2GQtH
k0GZ6wjhFttjqIVWFLmWgtvNO1K2+y6zwQjpFCAuAAUXXgfbVhIfFvp0HUxujjkE
3zeCYOlS8o9ESyWoPdg8woWjkZcya/4mE2jlj1+GI4SfHMska0EHUd4aaDk1en2a
vYKH27zD+yV+4IdyRsD0Bi93EwKBgQDhlHnODvf5QDVro+b3dsthkaP6F/s5oH/o
eLD1jEIGAN9Yz10njyLPfzaeiNPm6LSsKVXlgCjxQIuHTU2n0BsFke4F1ib0jOK4
o3NN4rfVRb5O9vP50THv4+VhB9806FwiB371JeOhmitCSwiYp0wZmV3WURF4e4Fr
Cr3YlC+1jwKBgQC03BTCzvFAtbkKMp/13krn7VDaphT2wbQmybEdCGu1mhS1GNqE
57/OW+eS9/jySyCHjdxJhAX8HDuWGE/Ia03oOFWzr0p0HcVLZqNNtdfGPEKkR18c
MHjNbj7qi42EPUQJMWDEHDRK4jJ76UGFKI2jo1m46vueYVJGkhn2jHsbeQKBgDim
/Ew20Col6QSmfhwKFpvjYsYtfaeEWns8zFxupCozz+PS+Dc2KGzqKwJ3pJgqOy29
l9fybtXf+uq5DFan2hF1C80lclUaiNoMGqol1TtXr6rPNIi59AumNXY/7tuvu2vE
bCsPH/L28ARPKdKEuYT4Umu/ol6aze7fHLymwrCbAoGAbm4vMLIy8wHYrAj5/een
YthUYbQ+XWOrrI1dJoGiwCIXTL4iBSO1ZjkR6M7yg9Zxv0BuqA+2tZqImLXsqIq/
g7Jtrn7LfogS3KOiVa3QAHoXegMrRf4S3DyP/GW8E27MMvqBEkdCDX53h07wvPng
0NRspbyMaX43/tp8ZWkaZf0=
-----END PRIVATE KEY-----
`,
};
